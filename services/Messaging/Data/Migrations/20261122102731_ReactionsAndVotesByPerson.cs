using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class ReactionsAndVotesByPerson : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_reactions_user",
                table: "reactions",
                columns: new[] { "user_id", "channel", "seq", "emoji" });

            migrationBuilder.CreateIndex(
                name: "ix_poll_votes_user",
                table: "poll_votes",
                columns: new[] { "user_id", "channel", "seq", "answer" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_reactions_user",
                table: "reactions");

            migrationBuilder.DropIndex(
                name: "ix_poll_votes_user",
                table: "poll_votes");
        }
    }
}
