using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Identity.Data.Migrations
{
    /// <inheritdoc />
    public partial class AccountSearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateIndex(
                name: "ix_accounts_admins",
                table: "accounts",
                column: "id",
                filter: "role = 1");

            migrationBuilder.CreateIndex(
                name: "ix_accounts_bots",
                table: "accounts",
                column: "id",
                filter: "is_bot");

            migrationBuilder.CreateIndex(
                name: "ix_accounts_state_id",
                table: "accounts",
                columns: new[] { "state", "id" },
                filter: "state <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_accounts_trigrams",
                table: "accounts",
                columns: new[] { "username", "display_name", "email" })
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops", "gin_trgm_ops", "gin_trgm_ops" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_accounts_admins",
                table: "accounts");

            migrationBuilder.DropIndex(
                name: "ix_accounts_bots",
                table: "accounts");

            migrationBuilder.DropIndex(
                name: "ix_accounts_state_id",
                table: "accounts");

            migrationBuilder.DropIndex(
                name: "ix_accounts_trigrams",
                table: "accounts");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");
        }
    }
}
