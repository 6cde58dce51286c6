using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class Threads : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "archived",
                table: "channels",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "drafts",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    content = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    reply_to = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_drafts", x => new { x.user_id, x.channel });
                });

            migrationBuilder.CreateTable(
                name: "scheduled_messages",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    author = table.Column<Guid>(type: "uuid", nullable: false),
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    content = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    reply_to = table.Column<Guid>(type: "uuid", nullable: true),
                    send_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    try_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    failure = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    failed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_scheduled_messages", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "thread_members",
                columns: table => new
                {
                    thread = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    joined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_thread_members", x => new { x.thread, x.user_id });
                });

            migrationBuilder.CreateTable(
                name: "threads",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    parent = table.Column<Guid>(type: "uuid", nullable: false),
                    message = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    creator = table.Column<Guid>(type: "uuid", nullable: false),
                    archive_after = table.Column<int>(type: "integer", nullable: false),
                    archived_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_threads", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_drafts_channel",
                table: "drafts",
                column: "channel");

            migrationBuilder.CreateIndex(
                name: "ix_drafts_recent",
                table: "drafts",
                columns: new[] { "user_id", "updated_at", "channel" });

            migrationBuilder.CreateIndex(
                name: "ix_scheduled_messages_author",
                table: "scheduled_messages",
                columns: new[] { "author", "send_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_scheduled_messages_channel",
                table: "scheduled_messages",
                column: "channel");

            migrationBuilder.CreateIndex(
                name: "ix_scheduled_messages_due",
                table: "scheduled_messages",
                column: "try_at",
                filter: "failure is null");

            migrationBuilder.CreateIndex(
                name: "ix_thread_members_user",
                table: "thread_members",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_threads_active",
                table: "threads",
                columns: new[] { "parent", "last_at", "id" },
                filter: "deleted_at is null and archived_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_threads_archived",
                table: "threads",
                columns: new[] { "parent", "last_at", "id" },
                filter: "deleted_at is null and archived_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_threads_due",
                table: "threads",
                column: "due_at",
                filter: "deleted_at is null and archived_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_threads_message",
                table: "threads",
                column: "message",
                unique: true,
                filter: "deleted_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_threads_parent",
                table: "threads",
                column: "parent");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "drafts");

            migrationBuilder.DropTable(
                name: "scheduled_messages");

            migrationBuilder.DropTable(
                name: "thread_members");

            migrationBuilder.DropTable(
                name: "threads");

            migrationBuilder.DropColumn(
                name: "archived",
                table: "channels");
        }
    }
}
