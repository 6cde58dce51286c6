using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Load.MessagePath;

/// <summary>A message to be seeded.</summary>
/// <param name="Ordinal">From 1 on: its place among all that count.</param>
internal readonly record struct SeededMessage(
    Guid Id, Guid Channel, long Seq, long Rev, long Ordinal, Guid Author, string Content, Guid? ReplyTo, string? Parts, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt);

/// <summary>
/// Fills messaging's database by COPY: one channel with a fifth of all messages, one with a hundred, the others between. What it makes is what the routes would have made, but for read
/// states and the outbox. What it knows of the schema is in <see cref="Columns"/> and in the statements beside it; columns that are not named have their defaults.
/// </summary>
internal sealed class MessageSeed(Place place, int messages)
{
    public const int SmallChannel = 100;

    // In the order of the COPY.
    private static readonly (string Name, NpgsqlDbType Type, Func<SeededMessage, object?> Value)[] Columns =
    [
        ("id", NpgsqlDbType.Uuid, message => message.Id),
        ("channel", NpgsqlDbType.Uuid, message => message.Channel),
        ("seq", NpgsqlDbType.Bigint, message => message.Seq),
        ("rev", NpgsqlDbType.Bigint, message => message.Rev),
        ("nr", NpgsqlDbType.Bigint, message => message.Ordinal),
        ("kind", NpgsqlDbType.Smallint, _ => (short)0),
        ("author", NpgsqlDbType.Uuid, message => message.Author),
        ("nonce", NpgsqlDbType.Varchar, message => $"seed-{message.Seq}"),
        ("content", NpgsqlDbType.Varchar, message => message.Content),
        ("reply_to", NpgsqlDbType.Uuid, message => message.ReplyTo),
        ("parts", NpgsqlDbType.Jsonb, message => message.Parts),
        ("created_at", NpgsqlDbType.TimestampTz, message => message.CreatedAt.UtcDateTime),
        ("deleted_at", NpgsqlDbType.TimestampTz, message => message.DeletedAt?.UtcDateTime),
    ];

    private const string Authors = "insert into authors (id, username, display_name) select id, name, name from unnest($1::uuid[], $2::text[]) a(id, name) on conflict (id) do nothing";

    // Indexed as far as it goes, or the service would begin to.
    private const string ChannelRow =
        """
        with indexed as (insert into search_progress (channel, rev) values ($1, $3))
        insert into channels (id, server_id, rev, counted_rev, posts, last_at, access_rev) values ($1, $2, $3, $3, $4, $5, 0)
        """;

    private const string Fence = "insert into server_fences (server_id) values ($1) on conflict (server_id) do nothing";

    private const string Mention = "insert into mentions (target, channel, seq, message, author) select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[])";

    // What the index would have come to by following the logs; the words of the seed fold by lowering alone.
    private const string SearchRows =
        """
        insert into message_search (id, channel, author, text, traits, mentions)
        select id, channel, author, lower(content), case when jsonb_exists(parts, 'links') then 1 else 0 end,
          case when jsonb_exists(parts, 'mentions') then array(select jsonb_array_elements_text(parts -> 'mentions' -> 'users')::uuid) end
        from messages where deleted_at is null
        """;

    private static readonly DateTimeOffset Last = DateTimeOffset.UtcNow.AddHours(-1);

    private readonly SeedText _random = new(seed: 7);

    public Guid Big => place.Channels[0];

    public Guid Small => place.Channels[1];

    /// <summary>The last revision of the big channel.</summary>
    public long BigRev { get; private set; }

    public async Task FillAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { CommandTimeout = 3600 }.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        // Indexes are made once afterwards: a tenth of the time. The primary keys stay, rows come in their order.
        var indexes = await DropIndexesAsync(connection);
        await RunAsync(connection, Authors, place.People.Select(person => person.Id).ToArray(), place.People.Select(person => person.Name).ToArray());
        await RunAsync(connection, Fence, place.Server);

        var (started, done, told) = (Stopwatch.GetTimestamp(), 0L, 0L);
        foreach (var (channel, count) in Sizes())
        {
            await FillAsync(connection, channel, count);
            done += count;
            if (done < told + messages / 10)
                continue;
            told = done;
            Console.Error.WriteLine($"{done:N0} messages after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        }

        await RunAsync(connection, SearchRows);
        foreach (var index in indexes)
            await RunAsync(connection, index);
        // As autovacuum would have in time: statistics, and which pages everybody sees.
        await RunAsync(connection, "vacuum analyze");
        await RunAsync(connection, "checkpoint");
        Console.Error.WriteLine($"Indexed and analysed after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s.");
    }

    /// <returns>The statements that make them again.</returns>
    private static async Task<List<string>> DropIndexesAsync(NpgsqlConnection connection)
    {
        const string which = "from pg_indexes i where tablename in ('messages', 'message_search') and not exists (select from pg_constraint c where c.conname = i.indexname)";
        var definitions = await ListAsync(connection, $"select indexdef {which}");
        foreach (var name in await ListAsync(connection, $"select indexname {which}"))
            await RunAsync(connection, $"drop index \"{name}\"");
        return definitions;
    }

    /// <summary>How many messages each channel has: the rest of the big one's by 1 / (n + 20).</summary>
    private IEnumerable<(Guid Channel, int Count)> Sizes()
    {
        var others = place.Channels[2..];
        var shares = others.Select((_, n) => 1.0 / (n + 20)).ToArray();
        var rest = messages - messages / 5 - SmallChannel;
        yield return (Big, messages / 5);
        yield return (Small, SmallChannel);
        var given = 0;
        for (var i = 0; i < others.Length; i++)
        {
            var count = i == others.Length - 1 ? rest - given : (int)(rest * shares[i] / shares.Sum());
            given += count;
            yield return (others[i], Math.Max(1, count));
        }
    }

    private async Task FillAsync(NpgsqlConnection connection, Guid id, int count)
    {
        var channel = new SeededChannel(id, count, _random, Last.AddYears(-2), Last);
        if (id == Big)
            BigRev = channel.Rev;
        var mentions = new List<(Guid Target, long Seq, Guid Message, Guid Author)>();
        await using (var copy = await connection.BeginBinaryImportAsync($"copy messages ({string.Join(", ", Columns.Select(column => column.Name))}) from stdin (format binary)"))
        {
            copy.Timeout = TimeSpan.FromHours(1);
            var recent = new Guid[64];
            for (var i = 0; i < count; i++)
            {
                var message = Message(channel, i, recent);
                if (message is { DeletedAt: null } && Mentioned(message) is { } target)
                    mentions.Add((target, message.Seq, message.Id, message.Author));
                await copy.StartRowAsync();
                foreach (var (_, type, value) in Columns)
                {
                    if (value(message) is { } present)
                        await copy.WriteAsync(present, type);
                    else
                        await copy.WriteNullAsync();
                }
            }

            await copy.CompleteAsync();
        }

        await RunAsync(connection, ChannelRow, id, place.Server, channel.Rev, (long)count, channel.Times[^1].UtcDateTime);
        await RunAsync(
            connection, Mention, mentions.Select(one => one.Target).ToArray(), mentions.Select(_ => id).ToArray(), mentions.Select(one => one.Seq).ToArray(),
            mentions.Select(one => one.Message).ToArray(), mentions.Select(one => one.Author).ToArray());
    }

    private SeededMessage Message(SeededChannel channel, int i, Guid[] recent)
    {
        var id = Guid.CreateVersion7(channel.Times[i]);
        var author = place.People[_random.NextByZipf(place.People.Length)].Id;
        Guid? replyTo = i > recent.Length && _random.Once(12) ? recent[_random.Next(recent.Length)] : null;
        recent[i % recent.Length] = id;
        var (content, parts) = (_random.Message(), (string?)null);
        if (_random.Once(20))
        {
            var link = $"https://example.org/{_random.Next(10_000)}";
            (content, parts) = ($"{content} {link}", $$"""{"links":["{{link}}"]}""");
        }
        else if (_random.Once(40))
        {
            var user = place.People[_random.Next(place.People.Length)].Id;
            (content, parts) = ($"<@{user}> {content}", $$$"""{"mentions":{"users":["{{{user}}}"]}}""");
        }

        var deleted = channel.DeletedAt(i);
        return new SeededMessage(
            id, channel.Id, channel.Seq(i), channel.RevOf(i), i + 1, author, deleted is null ? content : "", replyTo, deleted is null ? parts : null, channel.Times[i], deleted);
    }

    private static Guid? Mentioned(SeededMessage message) =>
        message.Content.StartsWith("<@", StringComparison.Ordinal) && Guid.TryParse(message.Content.AsSpan(2, 36), out var user) ? user : null;

    private static async Task<List<string>> ListAsync(NpgsqlConnection connection, string sql)
    {
        var found = new List<string>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            found.Add(reader.GetString(0));
        return found;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
