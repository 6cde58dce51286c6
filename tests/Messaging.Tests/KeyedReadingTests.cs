using Chat.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Deleting;
using Chat.Messaging.Reading;
using Chat.Messaging.ReadStates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>One channel with very many messages among very many with a few: what PostgreSQL knows of the average one says nothing of it, and one plan serves all.</summary>
public sealed class KeyedReadingTests(World world)
{
    private const int Messages = 10_000;

    private const string Tables = "'messages', 'mentions', 'reactions', 'poll_votes', 'message_edits'";

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G6_what_is_changed_and_what_hangs_on_it_is_found_place_by_place()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        var (channel, author) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await SeedAsync(database, channel, author);
        await using var scope = replica.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(Ending);
        await db.Database.ExecuteSqlAsync($"set local plan_cache_mode = force_generic_plan", Ending);
        var locked = Assert.IsType<LockedChannel>(await LockedChannel.LockAsync(db, channel, TimeProvider.System, Ending));

        var found = await locked.ReadAsync([9000, 17, Messages + 1], null, Ending);
        var rows = await db.Messages.Of(channel, [.. found.Select(message => message.Id), Guid.CreateVersion7()]).OrderBy(row => row.Seq).ToListAsync(Ending);
        var places = await db.Messages.At(channel, [9000, 17, Messages + 1]).AsNoTracking().OrderBy(row => row.Seq).Select(row => row.Seq).ToListAsync(Ending);
        await scope.ServiceProvider.GetRequiredService<MessageErasure>().EraseAsync(locked, rows, null, Ending);
        await locked.SaveAsync(Ending);

        Assert.Equal([17L, 9000L], found.Select(message => message.Seq));
        Assert.Equal([17L, 9000L], rows.Select(row => row.Seq));
        Assert.Equal([17L, 9000L], places);
        // What this transaction alone has read: a statement that reads all of the channel's takes 10,000 from each of its tables.
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var read = await Sql.ScalarAsync<long>(
            connection, $"select sum(coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0))::bigint from pg_stat_xact_user_tables where relname in ({Tables})");
        Assert.InRange(read, 2, 1000);
        foreach (var table in (string[])["mentions", "reactions", "poll_votes", "message_edits"])
        {
            var left = await Sql.ScalarAsync<long>(connection, $"select count(*) from {table} where channel = $1", channel);
            Assert.Equal((table, Messages - 2L), (table, left));
        }
    }

    [Fact]
    public async Task G6_the_mentions_of_one_reader_are_counted_without_reading_those_of_everybody_else()
    {
        var database = await world.CreateDatabaseAsync();
        await using (world.Start(database))
        {
            // Makes the tables.
        }

        var (channel, author, reader) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await SeedAsync(database, channel, author);
        await Sql.RunAsync(database, "insert into mentions (target, channel, seq, message, author) select $1, $2, s, gen_random_uuid(), $3 from unnest(array[3, 4000, 9000]) s", reader, channel, author);
        await Sql.RunAsync(database, "insert into mentions (target, channel, seq, message, author) values ($2, $2, 9000, gen_random_uuid(), $3), ($2, $2, 9001, gen_random_uuid(), $1)", reader, channel, author);
        await Sql.RunAsync(database, "insert into read_states (user_id, channel, read_seq, read_nr, joined_at) values ($1, $2, 10, 10, now())", reader, channel);
        var server = new UserServer(Guid.CreateVersion7(), "", DateTimeOffset.UtcNow.AddHours(-1), 1, [Guid.CreateVersion7()], [new UserChannel(channel, "", "text")]);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        await Sql.RunAsync(connection, ReadStateSql.Begin);
        await Sql.RunAsync(connection, ReadStateSql.Prepare);
        await Sql.RunAsync(connection, "set local plan_cache_mode = force_generic_plan");

        List<FoundState> found;
        await using (var batch = connection.CreateBatch().With(
            ReadStateSql.StateOfOne, reader, SeenChannels.One(channel, server), new NpgsqlParameter<Guid> { TypedValue = channel }, new NpgsqlParameter<long> { TypedValue = 0 }))
        await using (var rows = await batch.ExecuteReaderAsync(Ending))
            found = await ReadStateRows.ReadAsync(rows, DateTimeOffset.UtcNow, Ending);

        // At 4000 and 9000, where everybody is mentioned too; not what they read, nor their own.
        Assert.Equal(2, Assert.Single(found).State?.Mentions);
        Assert.InRange(
            await Sql.ScalarAsync<long>(connection, "select coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) from pg_stat_xact_user_tables where relname = 'mentions'"), 1, 100);
    }

    [Fact]
    public async Task What_is_not_in_the_channel_is_not_found_by_its_id()
    {
        var (room, other) = (await world.OpenRoomAsync(), await world.OpenRoomAsync());
        var (here, there) = (await room.SendAsync("here"), await other.SendAsync("there"));
        await using var scope = world.A.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();

        var found = await db.Messages.Of(room.Channel, [there.Id, here.Id]).AsNoTracking().ToListAsync(Ending);

        Assert.Equal([here.Id], found.Select(row => row.Id));
    }

    private static async Task SeedAsync(string database, Guid channel, Guid author)
    {
        const string Insert = "insert into messages (channel, seq, rev, nr, id, author, nonce, content, created_at) select ";
        await Sql.RunAsync(database, "insert into authors (id, username, display_name) values ($1, 'author', 'Author')", author);
        await Sql.RunAsync(database, "insert into channels (id, rev, posts, server_id) values ($1, $2, $2, gen_random_uuid())", channel, Messages);
        await Sql.RunAsync(database, Insert + "md5((s / 2)::text)::uuid, s % 2, s % 2, 1, gen_random_uuid(), $1, s::text, '', now() from generate_series(1, 20000) s", author);
        await Sql.RunAsync(database, Insert + "$2, s, s, s, gen_random_uuid(), $1, s::text, '', now() from generate_series(1, $3) s", author, channel, Messages);
        await Sql.RunAsync(database, "insert into reactions (channel, seq, emoji, user_id, rev) select channel, seq, '👍', author, rev from messages");
        await Sql.RunAsync(database, "insert into mentions (target, channel, seq, message, author) select gen_random_uuid(), channel, seq, id, author from messages");
        await Sql.RunAsync(database, "insert into poll_votes (channel, seq, user_id, answer, rev) select channel, seq, author, 0, rev from messages");
        await Sql.RunAsync(database, "insert into message_edits (channel, seq, rev, content, written_at) select channel, seq, rev, '', now() from messages");
        await Sql.RunAsync(database, "analyze");
    }
}
