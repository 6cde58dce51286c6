using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Chat.Messaging.Data.Migrations
{
    /// <inheritdoc />
    public partial class ReadMarks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "joined_at",
                table: "read_states",
                type: "timestamp with time zone",
                nullable: true);

            // The place of the last message before a moment, 0 without one: times rise with places, so it is searched for by halves along the primary key.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION last_seq_before(place_of uuid, moment timestamptz) RETURNS bigint
                LANGUAGE plpgsql STABLE SET enable_seqscan = off
                AS $$
                DECLARE
                  low bigint := 0;      -- everything up to here is before the moment
                  high bigint;          -- from here on nothing is
                  middle bigint;
                  place bigint;
                  said timestamptz;
                  found_place bigint := 0;
                BEGIN
                  SELECT seq, created_at INTO place, said FROM messages WHERE channel = place_of ORDER BY seq DESC LIMIT 1;
                  IF place IS NULL OR said < moment THEN
                    RETURN coalesce(place, 0);
                  END IF;
                  high := place;
                  WHILE high - low > 1 LOOP
                    middle := low + (high - low) / 2;
                    SELECT seq, created_at INTO place, said FROM messages WHERE channel = place_of AND seq > low AND seq <= middle ORDER BY seq DESC LIMIT 1;
                    IF place IS NULL THEN
                      low := middle;
                    ELSIF said < moment THEN
                      low := middle;
                      found_place := place;
                    ELSE
                      high := place;
                    END IF;
                  END LOOP;
                  RETURN found_place;
                END
                $$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP FUNCTION last_seq_before(uuid, timestamptz);");

            migrationBuilder.DropColumn(
                name: "joined_at",
                table: "read_states");
        }
    }
}
