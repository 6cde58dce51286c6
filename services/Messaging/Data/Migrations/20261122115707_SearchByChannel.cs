using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class SearchByChannel : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_message_search_traits",
                table: "message_search");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_channel",
                table: "message_search",
                columns: new[] { "channel", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_message_search_file",
                table: "message_search",
                column: "id",
                filter: "traits & 2 <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_image",
                table: "message_search",
                column: "id",
                filter: "traits & 4 <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_link",
                table: "message_search",
                column: "id",
                filter: "traits & 1 <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_pinned",
                table: "message_search",
                column: "id",
                filter: "traits & 16 <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_poll",
                table: "message_search",
                column: "id",
                filter: "traits & 8 <> 0");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_message_search_channel",
                table: "message_search");

            migrationBuilder.DropIndex(
                name: "ix_message_search_file",
                table: "message_search");

            migrationBuilder.DropIndex(
                name: "ix_message_search_image",
                table: "message_search");

            migrationBuilder.DropIndex(
                name: "ix_message_search_link",
                table: "message_search");

            migrationBuilder.DropIndex(
                name: "ix_message_search_pinned",
                table: "message_search");

            migrationBuilder.DropIndex(
                name: "ix_message_search_poll",
                table: "message_search");

            migrationBuilder.CreateIndex(
                name: "ix_message_search_traits",
                table: "message_search",
                columns: new[] { "channel", "id" },
                filter: "traits <> 0");
        }
    }
}
