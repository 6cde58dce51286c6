using Chat.Client;
using Chat.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Realtime.Tests;

/// <summary>
/// A message that changed is in the log at its last revision only. Whoever reads the log is told after which revision a frame comes, so that the order stays provable; the client
/// of these tests checks it on every frame.
/// </summary>
public sealed class SkippedRevisionTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G3_A_gap_over_a_message_that_was_deleted_since_is_filled_and_says_what_it_skips()
    {
        var room = await world.RoomAsync();
        await using var frames = await SubscribedAsync(room, 0);
        await room.SayAsync("1");
        await frames.ReachesAsync(room.Channel, 1);
        await CommitAsync(InsertUnpublished(room, 2), InsertUnpublished(room, 3), DeleteUnpublished(room, seq: 2, rev: 4));

        await room.SayAsync("5");

        await frames.ReachesAsync(room.Channel, 5);
        Assert.Equal([(1, null), (3, 1L), (4, null), (5, null)], Positions(frames, room));
        Assert.Equal(["message.sent", "message.sent", "message.deleted", "message.sent"], frames.Events(room.Channel).Select(frame => frame.Type));
        Assert.Equal("", frames.Events(room.Channel)[2].AsMessage().Content);
    }

    [Fact]
    public async Task G3_Catching_up_over_deleted_messages_says_what_it_skips_over_page_and_page()
    {
        var room = await world.RoomAsync();
        await room.FillAsync(250);
        await CommitAsync(
            DeleteUnpublished(room, seq: 1, rev: 251),
            DeleteUnpublished(room, seq: 100, rev: 252),
            DeleteUnpublished(room, seq: 101, rev: 253),
            DeleteUnpublished(room, seq: 250, rev: 254));

        await using var frames = await SubscribedAsync(room, 0);

        await frames.ReachesAsync(room.Channel, 254);
        Assert.Equal([(2, 0L), (102, 99L), (251, 249L)], Positions(frames, room).Where(position => position.After is not null));
        Assert.Equal(250, frames.Events(room.Channel).Length);
    }

    [Fact]
    public async Task G3_Where_the_log_ends_in_revisions_that_are_gone_subscribed_and_the_next_event_say_so()
    {
        var room = await world.RoomAsync();
        await using var live = await SubscribedAsync(room, 0);
        await room.SayAsync("1");
        await live.ReachesAsync(room.Channel, 1);
        await CommitAsync(InsertUnpublished(room, 2), Remove(room, 2));
        // Where nothing of the channel was delivered yet: the log is read.
        await using var late = await SubscribedAsync(room, 1, world.B);
        Assert.Equal(new SubscribedFrame(room.Channel, 2, 1), await late.GetsAsync<SubscribedFrame>());

        await room.SayAsync("3");

        await live.ReachesAsync(room.Channel, 3);
        await late.ReachesAsync(room.Channel, 3);
        Assert.Equal([(1, null), (3, 1L)], Positions(live, room));
        Assert.Equal([(3, null)], Positions(late, room));
    }

    [Fact]
    public async Task A_deletion_reaches_subscribers_live_as_REST_answers_it()
    {
        var room = await world.RoomAsync();
        var author = await room.MemberAsync("author");
        await using var frames = await SubscribedAsync(room, 0);
        var sent = await author.Rest.SendAsync(room.Channel, "to go", cancel: Cancel);
        await room.SayAsync("to stay");
        await frames.ReachesAsync(room.Channel, 2);
        var server = await room.Owner.Rest.ServerAsync(room.Server, Cancel);

        await world.Servers.Services.GetRequiredService<IBus>().Publish(
            new MemberBanned
            {
                Server = room.Server,
                Rev = server.Rev,
                User = author.Account.Id,
                By = room.Owner.Account.Id,
                DeleteMessagesSince = sent.CreatedAt.AddHours(-1),
                At = DateTimeOffset.UtcNow,
            }, Cancel);

        await frames.ReachesAsync(room.Channel, 3);
        var deleted = frames.Events(room.Channel)[2];
        Assert.Equal(("message.deleted", null), (deleted.Type, deleted.After));
        var logged = Assert.Single((await room.Owner.Rest.ChangesAsync(room.Channel, 2, cancel: Cancel)).Items);
        Assert.Equal(logged.D.ToString(), deleted.Data.ToString());
        Assert.Equal(sent with { Rev = 3, Content = "" }, deleted.AsMessage());
    }

    [Fact]
    public async Task G3_Sockets_that_come_back_while_messages_are_deleted_end_with_the_same_view_as_the_log()
    {
        var room = await world.RoomAsync();
        var author = await room.MemberAsync("author");
        await using var steady = await SubscribedAsync(room, 0);
        var socket = room.Owner.Socket(world.A, world.B);
        await socket.ConnectAsync(Cancel);
        await using var dropping = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(number => author.Rest.SendAsync(room.Channel, $"to go {number}", cancel: Cancel)));
        var server = await room.Owner.Rest.ServerAsync(room.Server, Cancel);

        await world.Servers.Services.GetRequiredService<IBus>().Publish(
            new MemberBanned
            {
                Server = room.Server,
                Rev = server.Rev,
                User = author.Account.Id,
                By = room.Owner.Account.Id,
                DeleteMessagesSince = DateTimeOffset.UtcNow.AddHours(-1),
                At = DateTimeOffset.UtcNow,
            }, Cancel);
        for (var drop = 0; drop < 3; drop++)
        {
            socket.Drop();
            await room.FillAsync(20);
        }
        await Eventually.HoldsAsync("all of them are gone", async () => (await LogAsync(room)).Count(change => change.T == "message.deleted") == 60);

        var log = await LogAsync(room);
        var expected = log.ToDictionary(change => change.D.GetProperty("id").GetGuid(), change => change.D.ToString());
        foreach (var frames in new[] { steady, dropping })
        {
            await frames.ReachesAsync(room.Channel, log[^1].Rev);
            var view = new Dictionary<Guid, string>();
            foreach (var frame in frames.Events(room.Channel))
                view[frame.Data.GetProperty("id").GetGuid()] = frame.Data.ToString();
            Assert.Equal(expected, view);
        }
    }

    private async Task<FrameCollector> SubscribedAsync(Room room, long after, Stores.RunningService<RealtimeService>? replica = null)
    {
        var socket = room.Owner.Socket(replica ?? world.A);
        await socket.ConnectAsync(Cancel);
        var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, after, Cancel);
        return frames;
    }

    private static async Task<List<Change>> LogAsync(Room room)
    {
        var log = new List<Change>();
        for (ChangePage? page = null; page is null or { More: true };)
        {
            page = await room.Owner.Rest.ChangesAsync(room.Channel, page?.Rev ?? 0, cancel: Cancel);
            log.AddRange(page.Items);
        }
        return log;
    }

    private static IEnumerable<(long Rev, long? After)> Positions(FrameCollector frames, Room room) => frames.Events(room.Channel).Select(frame => (frame.Rev, frame.After));

    private static NpgsqlBatchCommand InsertUnpublished(Room room, long rev) => Statement(
        """
        with counted as (update channels set rev = $2 where id = $1)
        insert into messages (channel, seq, rev, id, author, nonce, content, created_at) values ($1, $2, $2, $3, $4, $5, 'lost', now())
        """, room.Channel, rev, Guid.CreateVersion7(), room.Owner.Account.Id, $"n{rev}");

    /// <summary>As messaging deletes it, without telling anybody.</summary>
    private static NpgsqlBatchCommand DeleteUnpublished(Room room, long seq, long rev) => Statement(
        """
        with counted as (update channels set rev = $2 where id = $1)
        update messages set content = '', deleted_at = now(), rev = $2 where channel = $1 and seq = $3
        """, room.Channel, rev, seq);

    private static NpgsqlBatchCommand Remove(Room room, long seq) => Statement("delete from messages where channel = $1 and seq = $2", room.Channel, seq);

    private static NpgsqlBatchCommand Statement(string sql, params object[] values)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            statement.Parameters.Add(new() { Value = value });
        return statement;
    }

    /// <summary>In one transaction: realtime compares revisions now and then, and must not see the log in between.</summary>
    private async Task CommitAsync(params NpgsqlBatchCommand[] statements)
    {
        await using var connection = new NpgsqlConnection(world.MessagingDatabase);
        await connection.OpenAsync(Cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
        Assert.Equal(statements.Length, await batch.ExecuteNonQueryAsync(Cancel));
    }
}
