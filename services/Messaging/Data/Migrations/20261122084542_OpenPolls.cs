using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class OpenPolls : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "rev",
                table: "poll_votes",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "open_polls",
                columns: table => new
                {
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    closes_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_open_polls", x => new { x.channel, x.seq });
                });

            migrationBuilder.CreateIndex(
                name: "ix_poll_votes_rev",
                table: "poll_votes",
                columns: new[] { "channel", "seq", "answer", "rev" });

            migrationBuilder.CreateIndex(
                name: "ix_open_polls_closes_at",
                table: "open_polls",
                columns: new[] { "closes_at", "channel", "seq" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "open_polls");

            migrationBuilder.DropIndex(
                name: "ix_poll_votes_rev",
                table: "poll_votes");

            migrationBuilder.DropColumn(
                name: "rev",
                table: "poll_votes");
        }
    }
}
