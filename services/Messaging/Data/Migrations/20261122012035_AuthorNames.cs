using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class AuthorNames : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_messages_channel_author_nonce",
                table: "messages");

            migrationBuilder.AddColumn<bool>(
                name: "deleted",
                table: "authors",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "updated_at",
                table: "authors",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "'epoch'");

            migrationBuilder.CreateIndex(
                name: "ix_messages_author_channel_nonce",
                table: "messages",
                columns: new[] { "author", "channel", "nonce" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_messages_author_channel_nonce",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "deleted",
                table: "authors");

            migrationBuilder.DropColumn(
                name: "updated_at",
                table: "authors");

            migrationBuilder.CreateIndex(
                name: "ix_messages_channel_author_nonce",
                table: "messages",
                columns: new[] { "channel", "author", "nonce" },
                unique: true);
        }
    }
}
