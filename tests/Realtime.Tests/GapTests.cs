using System.Text.Json;
using Chat.Client;
using Chat.Contracts;
using Chat.Realtime.Channels;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Realtime.Tests;

public sealed class GapTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G3_An_event_that_the_bus_lost_is_fetched_before_the_next_is_delivered()
    {
        var (room, socket) = await SubscribedAsync();
        await using var frames = new FrameCollector(socket);
        await room.SayAsync("1");
        await CommitUnpublishedAsync(room, 2);
        await CommitUnpublishedAsync(room, 3);

        await room.SayAsync("4");

        await frames.ReachesAsync(room.Channel, 4);
        Assert.Equal([1, 2, 3, 4], frames.Revisions(room.Channel));
        Assert.Equal("lost 3", frames.Events(room.Channel)[2].AsMessage().Content);
    }

    [Fact]
    public async Task G3_A_lost_event_after_which_nothing_happens_is_found_all_the_same()
    {
        var (room, socket) = await SubscribedAsync();
        await using var frames = new FrameCollector(socket);
        await room.SayAsync("1");
        await frames.ReachesAsync(room.Channel, 1);

        await CommitUnpublishedAsync(room, 2);

        await frames.ReachesAsync(room.Channel, 2);
        Assert.Equal([1, 2], frames.Revisions(room.Channel));
    }

    [Fact]
    public async Task G3_Events_that_come_out_of_order_and_twice_are_delivered_in_order_and_once()
    {
        var (room, socket) = await SubscribedAsync();
        await using var frames = new FrameCollector(socket);
        await room.SayAsync("1");
        var late = new List<MessageSent>();
        for (var rev = 2; rev <= 6; rev++)
            late.Add(await CommitUnpublishedAsync(room, rev));

        var bus = world.Messaging.Services.GetRequiredService<IBus>();
        foreach (var i in new[] { 4, 2, 2, 0, 3, 1, 4, 0 })
            await bus.Publish(late[i], Cancel);
        await room.SayAsync("7");

        await frames.ReachesAsync(room.Channel, 7);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], frames.Revisions(room.Channel));
    }

    [Fact]
    public async Task G3_An_event_that_the_log_does_not_have_is_never_delivered()
    {
        var (room, socket) = await SubscribedAsync();
        await using var frames = new FrameCollector(socket);
        var first = await room.SayAsync("1");
        await frames.ReachesAsync(room.Channel, 1);
        var invented = new MessageSent
        {
            Channel = room.Channel,
            Rev = 3,
            Message = Guid.CreateVersion7(),
            Author = room.Owner.Account.Id,
            Body = JsonSerializer.SerializeToElement(first with { Rev = 3, Seq = 3, Content = "invented" }, JsonSerializerOptions.Web),
            At = DateTimeOffset.UtcNow,
        };

        await world.Messaging.Services.GetRequiredService<IBus>().Publish(invented, Cancel);
        // What stands behind it in the queue has come, and the gap was looked into.
        var (elsewhere, other) = await SubscribedAsync();
        await using var marker = new FrameCollector(other);
        await elsewhere.SayAsync("a marker");
        await marker.ReachesAsync(elsewhere.Channel, 1);
        await Eventually.HoldsAsync("the log was asked", () => world.A.Services.GetRequiredService<ChannelFeeds>().Find(room.Channel)?.Seen == 1);
        await room.SayAsync("2");
        await frames.ReachesAsync(room.Channel, 2);
        await room.SayAsync("3");
        await room.SayAsync("4");

        await frames.ReachesAsync(room.Channel, 4);
        Assert.Equal([1, 2, 3, 4], frames.Revisions(room.Channel));
    }

    private async Task<(Room Room, ChatSocket Socket)> SubscribedAsync()
    {
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket();
        await socket.ConnectAsync(Cancel);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);
        return (room, socket);
    }

    /// <summary>Commits a message whose event never reaches the bus: what a lost queue looks like from here.</summary>
    private async Task<MessageSent> CommitUnpublishedAsync(Room room, long rev)
    {
        var id = Guid.CreateVersion7();
        await using var connection = new NpgsqlConnection(world.MessagingDatabase);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(
            """
            with counted as (update channels set rev = rev + 1 where id = $1 returning rev)
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select $1, counted.rev, counted.rev, $2, $3, $4, $5, now() from counted
            """, connection)
        {
            Parameters = { new() { Value = room.Channel }, new() { Value = id }, new() { Value = room.Owner.Account.Id }, new() { Value = $"n{rev}" }, new() { Value = $"lost {rev}" } },
        };
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
        var page = await room.Owner.Rest.ChangesAsync(room.Channel, rev - 1, cancel: Cancel);
        var change = Assert.Single(page.Items);
        Assert.Equal(rev, change.Rev);
        return new MessageSent { Channel = room.Channel, Rev = rev, Message = id, Author = room.Owner.Account.Id, Body = change.D, At = DateTimeOffset.UtcNow };
    }
}
