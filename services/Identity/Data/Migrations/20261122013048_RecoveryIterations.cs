using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Identity.Data.Migrations
{
    /// <inheritdoc />
    public partial class RecoveryIterations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "recovery_iterations",
                table: "second_factors",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "recovery_iterations",
                table: "second_factors");
        }
    }
}
