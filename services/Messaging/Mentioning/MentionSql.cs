using Chat.Messaging.Reading;
using Chat.Messaging.ReadStates;

namespace Chat.Messaging.Mentioning;

/// <summary>The statement of the inbox.</summary>
internal static class MentionSql
{
    /// <summary>
    /// Before <see cref="Page"/>, within its transaction. The index has each target's mentions in their order; where statistics say that a target has few of them, reading all and sorting them
    /// would seem to cost as much, and of somebody with a hundred thousand all would be read for each page.
    /// </summary>
    public const string Walk = "SET LOCAL enable_sort = off";

    /// <summary>
    /// $1 to $8 as in <see cref="SeenChannels"/>, $9 whether conversations too, $10 only messages before this one, $11 how many. Each target is walked from its newest row, as far as
    /// the page needs: what it costs depends on how much somebody sees, not on how often they were mentioned. Roles and everybody count since the reader's joining, everybody in a thread
    /// since the reader follows it, and for nobody else.
    /// </summary>
    /// <remarks>The newest of all targets together are among the newest of each: so a message that is found at all is found in every way it mentions the reader.</remarks>
    public static readonly string Page =
        $"""
        WITH {SeenChannels.Tables},
        {SeenChannels.Talks("$9")},
        followed AS (
          SELECT t.thread AS id, greatest(t.joined_at, p.joined_at) AS joined_at
          FROM thread_members t JOIN channels h ON h.id = t.thread JOIN (SELECT id, joined_at FROM seen UNION ALL SELECT id, joined_at FROM talks) p ON p.id = h.parent
          WHERE t.user_id = $1),
        targets AS MATERIALIZED (
          SELECT $1 AS id, '-infinity'::timestamptz AS since, 0 AS rank
          UNION ALL
          SELECT r.id, g.joined_at, 1 FROM unnest($7::uuid[], $8::bigint[]) AS r (id, place)
          JOIN unnest($5::timestamptz[]) WITH ORDINALITY AS g (joined_at, place) ON g.place = r.place
          UNION ALL
          SELECT id, joined_at, 2 FROM seen
          UNION ALL
          SELECT id, joined_at, 2 FROM talks
          UNION ALL
          SELECT id, joined_at, 2 FROM followed),
        found AS MATERIALIZED (
          SELECT n.message, n.channel, n.seq, min(t.rank) AS rank
          FROM targets t
          CROSS JOIN LATERAL (
            SELECT n.message, n.channel, n.seq
            FROM mentions n
            JOIN channels c ON c.id = n.channel AND {SeenChannels.There}
            WHERE n.target = t.id AND n.message < $10 AND n.author <> $1
              AND n.message >= CASE WHEN t.since = '-infinity' THEN '00000000-0000-0000-0000-000000000000'
                ELSE lpad(to_hex(floor(extract(epoch FROM t.since) * 1000)::bigint), 12, '0') || repeat('0', 20) END::uuid
              AND (coalesce(c.parent, c.id) = ANY ($2) OR coalesce(c.parent, c.id) IN (SELECT id FROM talks))
            ORDER BY n.message DESC LIMIT $11) n
          GROUP BY n.message, n.channel, n.seq
          ORDER BY n.message DESC LIMIT $11)
        SELECT f.rank, v.server, coalesce(c.access_rev > v.rev, false), {MessageSql.Columns("$1")}
        FROM found f
        JOIN messages m ON m.channel = f.channel AND m.seq = f.seq
        JOIN channels c ON c.id = f.channel
        LEFT JOIN seen v ON v.id = coalesce(c.parent, c.id)
        {MessageSql.Joins}
        ORDER BY f.message DESC
        """;
}
