using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class Fences : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "access_rev",
                table: "channels",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "counted_rev",
                table: "channels",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<Guid>(
                name: "server_id",
                table: "channels",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "server_fences",
                columns: table => new
                {
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    access_rev = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_server_fences", x => x.server_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_channels_server",
                table: "channels",
                columns: new[] { "server_id", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "server_fences");

            migrationBuilder.DropIndex(
                name: "ix_channels_server",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "deleted_at",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "access_rev",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "counted_rev",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "server_id",
                table: "channels");
        }
    }
}
