using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class Search : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateTable(
                name: "message_search",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    author = table.Column<Guid>(type: "uuid", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    words = table.Column<NpgsqlTsVector>(type: "tsvector", nullable: true, computedColumnSql: "to_tsvector('simple', text)", stored: true),
                    traits = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    mentions = table.Column<Guid[]>(type: "uuid[]", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_message_search", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "search_progress",
                columns: table => new
                {
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_search_progress", x => x.channel);
                });

            migrationBuilder.CreateIndex(
                name: "ix_message_search_author",
                table: "message_search",
                columns: new[] { "author", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_message_search_mentions",
                table: "message_search",
                column: "mentions",
                filter: "mentions is not null")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_parts",
                table: "message_search",
                column: "text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_message_search_traits",
                table: "message_search",
                columns: new[] { "channel", "id" },
                filter: "traits <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_words",
                table: "message_search",
                column: "words")
                .Annotation("Npgsql:IndexMethod", "gin");

            // Whether to walk from the newest or to ask an index is decided by how common a word is: that takes a larger sample than usual.
            migrationBuilder.Sql("ALTER TABLE message_search ALTER COLUMN words SET STATISTICS 1000, ALTER COLUMN text SET STATISTICS 1000;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "message_search");

            migrationBuilder.DropTable(
                name: "search_progress");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");
        }
    }
}
