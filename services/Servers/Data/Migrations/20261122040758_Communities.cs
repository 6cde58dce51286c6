using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace Chat.Servers.Data.Migrations
{
    /// <inheritdoc />
    public partial class Communities : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("create extension if not exists pg_trgm;");

            // array_to_string is declared stable for the sake of other element types; over text it depends on its arguments alone.
            migrationBuilder.Sql(
                """
                create function immutable_text(words text[]) returns text language sql immutable parallel safe
                return array_to_string(words, ' ');
                """);

            migrationBuilder.DropIndex(
                name: "ix_member_roles_role",
                table: "member_roles");

            migrationBuilder.AddColumn<bool>(
                name: "access_lost",
                table: "unsettled_changes",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<double>(
                name: "activity",
                table: "servers",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "activity_at",
                table: "servers",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "archived_at",
                table: "servers",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "banner",
                table: "servers",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "category",
                table: "servers",
                type: "character varying(20)",
                maxLength: 20,
                nullable: false,
                defaultValue: "other");

            migrationBuilder.AddColumn<string>(
                name: "description",
                table: "servers",
                type: "character varying(1000)",
                maxLength: 1000,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "icon",
                table: "servers",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "newcomers",
                table: "servers",
                type: "character varying(20)",
                maxLength: 20,
                nullable: false,
                defaultValue: "member");

            migrationBuilder.AddColumn<bool>(
                name: "public",
                table: "servers",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string[]>(
                name: "tags",
                table: "servers",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<string>(
                name: "vanity",
                table: "servers",
                type: "character varying(32)",
                maxLength: 32,
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<int>(
                name: "colour",
                table: "roles",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "hoist",
                table: "roles",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "mentionable",
                table: "roles",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ends_at",
                table: "members",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "nickname",
                table: "members",
                type: "character varying(32)",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "expires_at",
                table: "invites",
                type: "timestamp with time zone",
                nullable: true,
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone");

            migrationBuilder.AddColumn<TimeSpan>(
                name: "membership_lasts",
                table: "invites",
                type: "interval",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "category_id",
                table: "channels",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "private",
                table: "channels",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "slow_mode",
                table: "channels",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "topic",
                table: "channels",
                type: "character varying(1024)",
                maxLength: 1024,
                nullable: true);

            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search",
                table: "servers",
                type: "tsvector",
                nullable: true,
                computedColumnSql: "setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', immutable_text(tags)), 'B') || setweight(to_tsvector('simple', coalesce(description, '')), 'C')",
                stored: true);

            migrationBuilder.CreateTable(
                name: "audit_log",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: false),
                    action = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    target_id = table.Column<Guid>(type: "uuid", nullable: true),
                    reason = table.Column<string>(type: "character varying(512)", maxLength: 512, nullable: true),
                    before = table.Column<string>(type: "jsonb", nullable: true),
                    after = table.Column<string>(type: "jsonb", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_log", x => x.id);
                    table.ForeignKey(
                        name: "FK_audit_log_servers_server_id",
                        column: x => x.server_id,
                        principalTable: "servers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "bans",
                columns: table => new
                {
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    reason = table.Column<string>(type: "character varying(512)", maxLength: 512, nullable: true),
                    banned_by = table.Column<Guid>(type: "uuid", nullable: false),
                    rev = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bans", x => new { x.server_id, x.user_id });
                    table.ForeignKey(
                        name: "FK_bans_servers_server_id",
                        column: x => x.server_id,
                        principalTable: "servers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "categories",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_categories", x => x.id);
                    table.ForeignKey(
                        name: "FK_categories_servers_server_id",
                        column: x => x.server_id,
                        principalTable: "servers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "channel_overrides",
                columns: table => new
                {
                    channel_id = table.Column<Guid>(type: "uuid", nullable: false),
                    target_id = table.Column<Guid>(type: "uuid", nullable: false),
                    of_role = table.Column<bool>(type: "boolean", nullable: false),
                    allow = table.Column<long>(type: "bigint", nullable: false),
                    deny = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_channel_overrides", x => new { x.channel_id, x.target_id });
                    table.ForeignKey(
                        name: "FK_channel_overrides_channels_channel_id",
                        column: x => x.channel_id,
                        principalTable: "channels",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_timeouts",
                columns: table => new
                {
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_timeouts", x => new { x.server_id, x.user_id });
                    table.ForeignKey(
                        name: "FK_member_timeouts_servers_server_id",
                        column: x => x.server_id,
                        principalTable: "servers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "templates",
                columns: table => new
                {
                    code = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false, collation: "C"),
                    server_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    description = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    structure = table.Column<string>(type: "jsonb", nullable: false),
                    uses = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_templates", x => x.code);
                    table.ForeignKey(
                        name: "FK_templates_servers_server_id",
                        column: x => x.server_id,
                        principalTable: "servers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_servers_public_activity",
                table: "servers",
                columns: new[] { "activity", "id" },
                descending: new bool[0],
                filter: "public and archived_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_servers_public_category",
                table: "servers",
                columns: new[] { "category", "member_count", "id" },
                descending: new[] { false, true, true },
                filter: "public and archived_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_servers_public_members",
                table: "servers",
                columns: new[] { "member_count", "id" },
                descending: new bool[0],
                filter: "public and archived_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_servers_public_search",
                table: "servers",
                column: "search",
                filter: "public and archived_at is null")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_servers_public_tags",
                table: "servers",
                column: "tags",
                filter: "public and archived_at is null")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_servers_vanity",
                table: "servers",
                column: "vanity",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_members_ends_at",
                table: "members",
                column: "ends_at",
                filter: "ends_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_channels_category",
                table: "channels",
                column: "category_id");

            migrationBuilder.CreateIndex(
                name: "ix_audit_log_created_at",
                table: "audit_log",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_log_server",
                table: "audit_log",
                columns: new[] { "server_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_log_server_action",
                table: "audit_log",
                columns: new[] { "server_id", "action", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_log_server_actor",
                table: "audit_log",
                columns: new[] { "server_id", "actor_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_log_server_target",
                table: "audit_log",
                columns: new[] { "server_id", "target_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_bans_server_rev",
                table: "bans",
                columns: new[] { "server_id", "rev", "user_id" });

            migrationBuilder.CreateIndex(
                name: "ix_bans_user",
                table: "bans",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_categories_server_position",
                table: "categories",
                columns: new[] { "server_id", "position", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_channel_overrides_target",
                table: "channel_overrides",
                column: "target_id");

            migrationBuilder.CreateIndex(
                name: "ix_member_timeouts_until",
                table: "member_timeouts",
                column: "until");

            migrationBuilder.CreateIndex(
                name: "ix_templates_server",
                table: "templates",
                columns: new[] { "server_id", "created_at" });

            migrationBuilder.AddForeignKey(
                name: "FK_channels_categories_category_id",
                table: "channels",
                column: "category_id",
                principalTable: "categories",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);

            // By any part of a name, also one with a letter wrong.
            migrationBuilder.Sql("create index ix_servers_public_name on servers using gin (lower(name) gin_trgm_ops) where public and archived_at is null;");
            migrationBuilder.Sql("create index ix_profiles_names on profiles using gin (lower(username) gin_trgm_ops, lower(display_name) gin_trgm_ops);");
            migrationBuilder.Sql("create index ix_members_nickname on members using gin (lower(nickname) gin_trgm_ops) where nickname is not null;");

            migrationBuilder.Sql("update unsettled_changes set access_lost = true where access_lost_by is not null;");

            migrationBuilder.CreateIndex(
                name: "ix_member_roles_role",
                table: "member_roles",
                columns: new[] { "role_id", "user_id" });

            // What the built-in roles grant by default is different now; no route could have changed them before.
            migrationBuilder.Sql(
                """
                update roles set permissions = case built_in
                    when 'owner' then 4194303 when 'admin' then 4194303 when 'moderator' then 3407631 when 'member' then 1072899 else permissions end
                where built_in is not null;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop index ix_servers_public_name;");
            migrationBuilder.Sql("drop index ix_profiles_names;");
            migrationBuilder.Sql("drop index ix_members_nickname;");

            migrationBuilder.DropIndex(
                name: "ix_member_roles_role",
                table: "member_roles");

            migrationBuilder.DropForeignKey(
                name: "FK_channels_categories_category_id",
                table: "channels");

            migrationBuilder.DropTable(
                name: "audit_log");

            migrationBuilder.DropTable(
                name: "bans");

            migrationBuilder.DropTable(
                name: "categories");

            migrationBuilder.DropTable(
                name: "channel_overrides");

            migrationBuilder.DropTable(
                name: "member_timeouts");

            migrationBuilder.DropTable(
                name: "templates");

            migrationBuilder.DropIndex(
                name: "ix_servers_public_activity",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_servers_public_category",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_servers_public_members",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_servers_public_search",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_servers_public_tags",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_servers_vanity",
                table: "servers");

            migrationBuilder.DropIndex(
                name: "ix_members_ends_at",
                table: "members");

            migrationBuilder.DropIndex(
                name: "ix_channels_category",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "search",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "access_lost",
                table: "unsettled_changes");

            migrationBuilder.DropColumn(
                name: "activity",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "activity_at",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "banner",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "category",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "description",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "icon",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "newcomers",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "public",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "tags",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "vanity",
                table: "servers");

            migrationBuilder.DropColumn(
                name: "colour",
                table: "roles");

            migrationBuilder.DropColumn(
                name: "hoist",
                table: "roles");

            migrationBuilder.DropColumn(
                name: "mentionable",
                table: "roles");

            migrationBuilder.DropColumn(
                name: "ends_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "nickname",
                table: "members");

            migrationBuilder.DropColumn(
                name: "membership_lasts",
                table: "invites");

            migrationBuilder.DropColumn(
                name: "category_id",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "private",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "slow_mode",
                table: "channels");

            migrationBuilder.DropColumn(
                name: "topic",
                table: "channels");

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "expires_at",
                table: "invites",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)),
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldNullable: true);

            migrationBuilder.Sql("drop function immutable_text;");

            migrationBuilder.CreateIndex(
                name: "ix_member_roles_role",
                table: "member_roles",
                column: "role_id");
        }
    }
}
