using System.Globalization;

namespace Chat.Messaging.ReadStates;

/// <summary>
/// The statements about read states. Parameters $1 to $8 are those of <see cref="SeenChannels"/>, $9 says which conversations, the rest is said with each.
/// </summary>
/// <remarks>
/// Locks: whoever takes several rows takes them in the order of channels, as sends do, and waits for no channel while holding one. A message of the reader's own sets their row within
/// its transaction; so whoever holds the row, and reads after that, sees every message of theirs that counts, and need not lock the channel.
/// </remarks>
internal static class ReadStateSql
{
    public const string Begin = "BEGIN ISOLATION LEVEL READ COMMITTED";

    public const string Commit = "COMMIT";

    public const string Rollback = "ROLLBACK";

    /// <summary>Thousands of small look-ups: compiling them costs more than running them, and a plan from when a table was small would scan it for each.</summary>
    public const string Prepare = "SELECT set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true)";

    /// <summary>How many rows at most, when all are meant.</summary>
    public const int All = int.MaxValue;

    // The channels a statement is about: page (id, place, server, joined_at, joined_rev, followed_at, rev). Of threads, who follows one has joined it only then.

    // $9 whether conversations too, $10 only after this channel, $11 how many. Only where a person said something.
    private static readonly string ManyPage =
        $"""
        WITH {SeenChannels.Tables},
        {SeenChannels.Talks("$9")},
        places AS MATERIALIZED (
          SELECT id, place, server, joined_at, NULL::bigint AS joined_rev, rev FROM seen
          UNION ALL
          SELECT id, NULL, NULL, joined_at, joined_rev, NULL FROM talks),
        page AS MATERIALIZED (
          SELECT v.* FROM (
            SELECT id, place, server, joined_at, joined_rev, NULL::timestamptz AS followed_at, rev FROM places WHERE id > $10
            UNION ALL
            SELECT t.thread, p.place, p.server, p.joined_at, NULL, t.joined_at, p.rev
            FROM thread_members t JOIN channels h ON h.id = t.thread JOIN places p ON p.id = h.parent
            WHERE t.user_id = $1 AND t.thread > $10) v
          JOIN channels c ON c.id = v.id AND c.posts > 0 AND {SeenChannels.There}
          ORDER BY v.id LIMIT $11)
        """;

    // $9 the channel, if it is a conversation or a thread in one. $10 is the statement's own.
    private const string OnePage =
        $"""
        WITH {SeenChannels.Tables},
        page AS MATERIALIZED (
          SELECT v.*, t.joined_at AS followed_at FROM (
            SELECT id, place, server, joined_at, NULL::bigint AS joined_rev, rev FROM seen
            UNION ALL
            SELECT c.id, NULL, NULL, m.joined_at, CASE WHEN c.parent IS NULL THEN m.joined_rev END, NULL
            FROM channels c JOIN conversation_members m ON m.user_id = $1 AND m.conversation = coalesce(c.parent, c.id)
            WHERE c.id = $9) v
          LEFT JOIN thread_members t ON t.thread = v.id AND t.user_id = $1)
        """;

    // Finds the place of a joining once: from then on it stands in the row. Never takes a mark back.
    private const string Settle =
        """
        , fresh AS MATERIALIZED (
          SELECT p.id, greatest(p.joined_at, p.followed_at) AS joined_at, p.joined_rev FROM page p LEFT JOIN read_states k ON k.user_id = $1 AND k.channel = p.id
          WHERE p.joined_at IS NOT NULL AND (k.joined_at IS NULL OR k.joined_at < greatest(p.joined_at, p.followed_at)))
        INSERT INTO read_states AS s (user_id, channel, read_seq, read_nr, joined_at)
        SELECT $1, f.id, coalesce(b.seq, 0), coalesce(b.nr, 0), f.joined_at
        FROM fresh f
        LEFT JOIN LATERAL (SELECT coalesce(f.joined_rev, last_seq_before(f.id, f.joined_at)) AS seq OFFSET 0) j ON true
        LEFT JOIN LATERAL (SELECT m.seq, m.nr FROM messages m WHERE m.channel = f.id AND m.seq <= j.seq ORDER BY m.seq DESC LIMIT 1) b ON true
        ORDER BY f.id
        ON CONFLICT (user_id, channel) DO UPDATE SET
          read_seq = greatest(s.read_seq, excluded.read_seq),
          read_nr = greatest(s.read_nr, excluded.read_nr),
          own_after = CASE WHEN s.own_after = 0 OR s.read_seq >= excluded.read_seq THEN s.own_after ELSE s.own_after - (
            SELECT count(*) FROM messages o
            WHERE o.channel = s.channel AND o.author = s.user_id AND o.kind = 0 AND o.seq > s.read_seq AND o.seq <= excluded.read_seq)::integer END,
          joined_at = excluded.joined_at,
          rev = s.rev + 1
        WHERE s.joined_at IS NULL OR s.joined_at < excluded.joined_at
        """;

    private const string Lock = "SELECT s.channel FROM page p JOIN read_states s ON s.user_id = $1 AND s.channel = p.id ORDER BY s.channel FOR NO KEY UPDATE OF s";

    private static string Forward(string upTo, string only) =>
        $"""
        UPDATE read_states s SET
          read_seq = b.seq,
          read_nr = b.nr,
          own_after = CASE WHEN s.own_after = 0 THEN 0 ELSE s.own_after - (
            SELECT count(*) FROM messages o
            WHERE o.channel = s.channel AND o.author = s.user_id AND o.kind = 0 AND o.seq > s.read_seq AND o.seq <= b.seq)::integer END,
          rev = s.rev + 1
        FROM page p
        CROSS JOIN LATERAL (SELECT m.seq, m.nr FROM messages m WHERE m.channel = p.id AND m.seq <= {upTo} ORDER BY m.seq DESC LIMIT 1) b
        WHERE s.user_id = $1 AND s.channel = p.id AND s.read_seq < b.seq {only}
        RETURNING s.channel
        """;

    // Mentions by the key of targets alone: of the channel's other index PostgreSQL would read all that anybody was mentioned there, for it plans for the average channel.
    private const string State =
        """
        SELECT p.id, p.server, s.read_seq, coalesce(l.seq, 0), s.rev,
          CASE WHEN l.seq > s.read_seq THEN c.posts - s.read_nr - s.own_after - (
            SELECT count(*) FROM messages d
            WHERE d.channel = p.id AND d.seq > s.read_seq AND d.deleted_at IS NOT NULL AND d.kind = 0 AND d.author <> $1) ELSE 0 END,
          CASE WHEN l.seq > s.read_seq THEN (
            SELECT count(DISTINCT m.seq) FROM mentions m
            WHERE m.target = ANY (ARRAY[$1, p.id] || h.roles) AND (m.channel, m.seq) > (p.id, s.read_seq) AND (m.channel, m.seq) <= (p.id, 9223372036854775807)
              AND m.author <> $1) ELSE 0 END,
          s.muted_until,
          s.joined_at IS NULL OR p.joined_at IS NULL AND coalesce(s.joined_at < p.followed_at OR l.seq > s.read_seq, false),
          coalesce(c.access_rev > p.rev, false)
        FROM page p
        LEFT JOIN channels c ON c.id = p.id
        LEFT JOIN read_states s ON s.user_id = $1 AND s.channel = p.id
        LEFT JOIN held h ON h.place = p.place
        LEFT JOIN LATERAL (SELECT m.seq FROM messages m WHERE m.channel = p.id ORDER BY m.seq DESC LIMIT 1) l ON true
        ORDER BY p.id
        """;

    /// <summary>Gives a row to each channel that has none of this membership yet.</summary>
    public static readonly string SettleMany = ManyPage + Settle;

    /// <inheritdoc cref="SettleMany"/>
    public const string SettleOne = OnePage + Settle;

    /// <summary>Holds the rows until the transaction ends.</summary>
    public static readonly string LockMany = ManyPage + Lock;

    /// <inheritdoc cref="LockMany"/>
    public const string LockOne = OnePage + Lock;

    /// <summary>What <see cref="ReadStateRows.Read"/> reads.</summary>
    public static readonly string StateOfMany = ManyPage + State;

    /// <inheritdoc cref="StateOfMany"/>
    public const string StateOfOne = OnePage + State;

    /// <summary>Marks everything as read in those channels that are in $12, too. Returns where that changed something.</summary>
    public static readonly string ForwardMany = ManyPage + Forward(long.MaxValue.ToString(CultureInfo.InvariantCulture), "AND s.channel = ANY ($12)");

    /// <summary>Marks everything up to the place $10 as read.</summary>
    public static readonly string ForwardOne = OnePage + Forward("$10", "");

    /// <summary>Marks everything from the place $10 on as unread.</summary>
    public const string BackOne =
        $"""
        {OnePage}
        UPDATE read_states s SET
          read_seq = coalesce(b.seq, 0),
          read_nr = coalesce(b.nr, 0),
          own_after = s.own_after + (
            SELECT count(*) FROM messages o
            WHERE o.channel = s.channel AND o.author = s.user_id AND o.kind = 0 AND o.seq >= $10 AND o.seq <= s.read_seq)::integer,
          rev = s.rev + 1
        FROM page p
        LEFT JOIN LATERAL (SELECT m.seq, m.nr FROM messages m WHERE m.channel = p.id AND m.seq < $10 ORDER BY m.seq DESC LIMIT 1) b ON true
        WHERE s.user_id = $1 AND s.channel = p.id AND s.read_seq >= $10
        RETURNING s.channel
        """;

    /// <summary>Mutes until $10; null: no more.</summary>
    public const string MuteOne =
        $"""
        {OnePage}
        UPDATE read_states s SET muted_until = $10::timestamptz, rev = s.rev + 1
        FROM page p
        WHERE s.user_id = $1 AND s.channel = p.id AND s.muted_until IS DISTINCT FROM $10::timestamptz
        RETURNING s.channel
        """;

    /// <summary>Events ($1 key, $2 bodies) for the outbox.</summary>
    public const string Tell =
        $"INSERT INTO outbox (key, type, body, trace_parent) SELECT $1, '{nameof(Contracts.ReadStateChanged)}', body, $3 FROM unnest($2::text[]) AS e (body)";
}
