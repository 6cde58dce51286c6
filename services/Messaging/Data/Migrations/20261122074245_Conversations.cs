using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class Conversations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "edited_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "kind",
                table: "messages",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0);

            migrationBuilder.AddColumn<long>(
                name: "nr",
                table: "messages",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "parts",
                table: "messages",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "pinned_at",
                table: "messages",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "pinned_by",
                table: "messages",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "kind",
                table: "channels",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0);

            migrationBuilder.AddColumn<bool>(
                name: "locked",
                table: "channels",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "parent",
                table: "channels",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "posts",
                table: "channels",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "blocks",
                columns: table => new
                {
                    blocker = table.Column<Guid>(type: "uuid", nullable: false),
                    blocked = table.Column<Guid>(type: "uuid", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false),
                    active = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_blocks", x => new { x.blocker, x.blocked });
                });

            migrationBuilder.CreateTable(
                name: "conversation_members",
                columns: table => new
                {
                    conversation = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    joined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    joined_rev = table.Column<long>(type: "bigint", nullable: false),
                    hidden_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_conversation_members", x => new { x.conversation, x.user_id });
                });

            migrationBuilder.CreateTable(
                name: "conversations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    low = table.Column<Guid>(type: "uuid", nullable: true),
                    high = table.Column<Guid>(type: "uuid", nullable: true),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    icon = table.Column<Guid>(type: "uuid", nullable: true),
                    owner = table.Column<Guid>(type: "uuid", nullable: true),
                    closed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    requested_by = table.Column<Guid>(type: "uuid", nullable: true),
                    declined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_conversations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "friendships",
                columns: table => new
                {
                    a = table.Column<Guid>(type: "uuid", nullable: false),
                    b = table.Column<Guid>(type: "uuid", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false),
                    active = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_friendships", x => new { x.a, x.b });
                    table.CheckConstraint("ck_friendships_order", "a < b");
                });

            migrationBuilder.CreateTable(
                name: "idempotency_keys",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false),
                    location = table.Column<string>(type: "text", nullable: true),
                    response = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency_keys", x => new { x.user_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "mentions",
                columns: table => new
                {
                    target = table.Column<Guid>(type: "uuid", nullable: false),
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    message = table.Column<Guid>(type: "uuid", nullable: false),
                    author = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mentions", x => new { x.target, x.channel, x.seq });
                });

            migrationBuilder.CreateTable(
                name: "message_edits",
                columns: table => new
                {
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false),
                    content = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    written_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_message_edits", x => new { x.channel, x.seq, x.rev });
                });

            migrationBuilder.CreateTable(
                name: "poll_votes",
                columns: table => new
                {
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    answer = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_poll_votes", x => new { x.channel, x.seq, x.user_id, x.answer });
                });

            migrationBuilder.CreateTable(
                name: "reactions",
                columns: table => new
                {
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    emoji = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reactions", x => new { x.channel, x.seq, x.emoji, x.user_id });
                });

            migrationBuilder.CreateTable(
                name: "read_states",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    channel = table.Column<Guid>(type: "uuid", nullable: false),
                    read_seq = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    read_nr = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    own_after = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    muted_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    rev = table.Column<long>(type: "bigint", nullable: false, defaultValue: 1L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_read_states", x => new { x.user_id, x.channel });
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.CreateIndex(
                name: "ix_messages_deleted",
                table: "messages",
                columns: new[] { "channel", "seq" },
                filter: "deleted_at is not null and kind = 0")
                .Annotation("Npgsql:IndexInclude", new[] { "author" });

            migrationBuilder.CreateIndex(
                name: "ix_messages_pinned",
                table: "messages",
                columns: new[] { "channel", "pinned_at" },
                filter: "pinned_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_channels_parent",
                table: "channels",
                column: "parent",
                filter: "parent is not null");

            migrationBuilder.CreateIndex(
                name: "ix_conversation_members_user",
                table: "conversation_members",
                columns: new[] { "user_id", "conversation" });

            migrationBuilder.CreateIndex(
                name: "ix_conversations_pair",
                table: "conversations",
                columns: new[] { "low", "high" },
                unique: true,
                filter: "low is not null");

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_keys_created_at",
                table: "idempotency_keys",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_mentions_message",
                table: "mentions",
                columns: new[] { "target", "message" });

            migrationBuilder.CreateIndex(
                name: "ix_mentions_place",
                table: "mentions",
                columns: new[] { "channel", "seq" });

            migrationBuilder.CreateIndex(
                name: "ix_reactions_rev",
                table: "reactions",
                columns: new[] { "channel", "seq", "emoji", "rev" });

            migrationBuilder.CreateIndex(
                name: "ix_read_states_channel",
                table: "read_states",
                column: "channel");

            // What was sent before this counts too.
            migrationBuilder.Sql(
                """
                UPDATE messages m SET nr = n.nr FROM (SELECT channel, seq, row_number() OVER (PARTITION BY channel ORDER BY seq) AS nr FROM messages) n
                WHERE m.channel = n.channel AND m.seq = n.seq;
                """);
            migrationBuilder.Sql("UPDATE channels c SET posts = (SELECT count(*) FROM messages m WHERE m.channel = c.id);");

            // Who has written has read up to there, as with every message since. Erased people have no such rows.
            migrationBuilder.Sql(
                """
                INSERT INTO read_states (user_id, channel, read_seq, read_nr)
                SELECT m.author, m.channel, max(m.seq), max(m.nr) FROM messages m WHERE NOT EXISTS (SELECT FROM authors a WHERE a.id = m.author AND a.deleted) GROUP BY m.author, m.channel;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "blocks");

            migrationBuilder.DropTable(
                name: "conversation_members");

            migrationBuilder.DropTable(
                name: "conversations");

            migrationBuilder.DropTable(
                name: "friendships");

            migrationBuilder.DropTable(
                name: "idempotency_keys");

            migrationBuilder.DropTable(
                name: "mentions");

            migrationBuilder.DropTable(
                name: "message_edits");

            migrationBuilder.DropTable(
                name: "poll_votes");

            migrationBuilder.DropTable(
                name: "reactions");

            migrationBuilder.DropTable(
                name: "read_states");

            migrationBuilder.DropIndex(
                name: "ix_messages_deleted",
                table: "messages");

            migrationBuilder.DropIndex(
                name: "ix_messages_pinned",
                table: "messages");

            migrationBuilder.DropIndex(
                name: "ix_channels_parent",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "edited_at",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "kind",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "nr",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "parts",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "pinned_at",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "pinned_by",
                table: "messages");

            migrationBuilder.DropColumn(
                name: "kind",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "locked",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "parent",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "posts",
                table: "channels");
        }
    }
}
