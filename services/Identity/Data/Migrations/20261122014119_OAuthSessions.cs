using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Identity.Data.Migrations
{
    /// <inheritdoc />
    public partial class OAuthSessions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_used_at",
                table: "oauth_consents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "session_id",
                table: "oauth_codes",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"));

            migrationBuilder.CreateIndex(
                name: "ix_oauth_refresh_tokens_expires_at",
                table: "oauth_refresh_tokens",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_codes_session_id",
                table: "oauth_codes",
                column: "session_id");

            migrationBuilder.AddForeignKey(
                name: "fk_oauth_codes_sessions",
                table: "oauth_codes",
                column: "session_id",
                principalTable: "sessions",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_oauth_codes_sessions",
                table: "oauth_codes");

            migrationBuilder.DropIndex(
                name: "ix_oauth_refresh_tokens_expires_at",
                table: "oauth_refresh_tokens");

            migrationBuilder.DropIndex(
                name: "ix_oauth_codes_session_id",
                table: "oauth_codes");

            migrationBuilder.DropColumn(
                name: "last_used_at",
                table: "oauth_consents");

            migrationBuilder.DropColumn(
                name: "session_id",
                table: "oauth_codes");
        }
    }
}
