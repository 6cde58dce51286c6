using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Servers.Data.Migrations
{
    /// <inheritdoc />
    public partial class ErasedAccounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "deleted",
                table: "profiles",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateIndex(
                name: "ix_invites_created_by",
                table: "invites",
                columns: new[] { "created_by", "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_invites_created_by",
                table: "invites");

            migrationBuilder.DropColumn(
                name: "deleted",
                table: "profiles");
        }
    }
}
