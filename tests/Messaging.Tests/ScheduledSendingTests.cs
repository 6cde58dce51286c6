using System.Net;
using System.Net.Http.Json;
using Chat.Messaging.Scheduling;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>What becomes of messages for later when their time has come.</summary>
public sealed class ScheduledSendingTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_for_later_is_sent_at_its_time_as_its_author()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var answered = await room.SendAsync("a question");

        var later = await guest.ScheduleAsync("  an answer ", ScheduledCalls.InADay, answered.Id);
        Assert.Equal(("an answer", answered.Id), (later.Content, later.ReplyTo));
        // As if a day were over but for two seconds.
        var time = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddSeconds(2).ToUnixTimeMilliseconds());
        await Sql.RunAsync(world.Database, "update scheduled_messages set send_at = $2, try_at = $2 where id = $1", later.Id, time);

        await Eventually.HoldsAsync("it is sent", Patience, async () => (await room.HistoryAsync()).Items.Length == 2);
        var sent = (await room.HistoryAsync()).Items[1];
        Assert.Equal(("an answer", answered.Id), (sent.Content, sent.ReplyTo));
        Assert.True(sent.CreatedAt >= time, "It was sent before its time.");
        await Eventually.HoldsAsync("it waits no more", Patience, async () => (await guest.Http.ScheduledAsync()).Items.Length == 0);
    }

    [Fact]
    public async Task G2_many_that_are_due_are_sent_once_each_by_two_replicas_and_whoever_helps_them()
    {
        var room = await world.OpenRoomAsync();
        for (var i = 0; i < 40; i++)
            await room.ScheduleAsync($"{i}", ScheduledCalls.InADay);
        await ScheduledCalls.MakeDueAsync(world.Database, room);

        await Eventually.HoldsAsync("all are sent", Patience, async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendDueAsync(i % 2 == 0 ? world.A : world.B)));
            return (await room.Http.ScheduledAsync()).Items.Length == 0;
        });

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}").ToHashSet(), (await room.HistoryAsync()).Items.Select(message => message.Content).ToHashSet());
        Assert.Equal(40, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task G2_a_death_between_sending_and_marking_does_not_send_it_twice()
    {
        var database = await world.CreateDatabaseAsync();
        await using var one = world.Start(database);
        await using var other = world.Start(database);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(one.CreateClient(room.Owner.Token), room.Channel);
        // What a crash at that moment does: the sending is committed, its end is rolled back.
        await Sql.RunAsync(
            database,
            """
            create sequence deaths;
            create function die() returns trigger language plpgsql as $$ begin perform nextval('deaths'); raise exception 'killed'; end $$;
            create trigger die before delete on scheduled_messages for each row execute function die();
            """);
        await client.ScheduleAsync("once", ScheduledCalls.InADay);
        await ScheduledCalls.MakeDueAsync(database, client);

        await Eventually.HoldsAsync("it dies several times", Patience, async () => await Sql.ScalarAsync<long>(database, "select last_value from deaths") >= 4);
        Assert.Equal(1, (await client.ChangesAsync(0)).Rev);
        await Sql.RunAsync(database, "drop trigger die on scheduled_messages");
        await Eventually.HoldsAsync("it is marked", Patience, async () => (await client.Http.ScheduledAsync()).Items.Length == 0);

        Assert.Equal("once", Assert.Single((await client.HistoryAsync()).Items).Content);
    }

    [Fact]
    public async Task What_the_store_could_not_take_is_tried_again()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        await Sql.RunAsync(
            database,
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now' using errcode = '57P03'; end $$;
            create trigger refuse before insert on messages for each row execute function refuse();
            """);
        var later = await client.ScheduleAsync("in the end", ScheduledCalls.InADay);
        await ScheduledCalls.MakeDueAsync(database, client);
        await Eventually.HoldsAsync("it is postponed", Patience, async () => await Sql.ScalarAsync<bool>(database, "select try_at > send_at from scheduled_messages where id = $1", later.Id));
        Assert.Null((await client.Http.ScheduledAsync()).Items.Single().Failed);

        await Sql.RunAsync(database, "drop trigger refuse on messages");
        await Eventually.HoldsAsync("it is sent", Patience, async () => (await client.HistoryAsync()).Items is [{ Content: "in the end" }]);
    }

    [Fact]
    public async Task One_that_cannot_be_sent_for_whatever_reason_waits_and_holds_up_no_other()
    {
        var (room, other) = (await world.OpenRoomAsync(), await world.OpenRoomAsync());
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database, ("Scheduling:Senders", "1"));
        var (first, second) = (new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel), new ChannelClient(replica.CreateClient(other.Owner.Token), other.Channel));
        var stuck = await first.ScheduleAsync("stuck", ScheduledCalls.InADay);
        await second.ScheduleAsync("free", ScheduledCalls.InADay);
        // Nothing that can happen: what is not foreseen stands for whatever goes wrong.
        await Sql.RunAsync(database, "delete from authors where id = $1", room.Owner.Id);

        await ScheduledCalls.MakeDueAsync(database, first);
        await ScheduledCalls.MakeDueAsync(database, second);

        await Eventually.HoldsAsync("the other is sent", Patience, async () => (await second.HistoryAsync()).Items is [{ Content: "free" }]);
        Assert.Null(Assert.Single((await first.Http.ScheduledAsync()).Items).Failed);
        await Sql.RunAsync(database, "insert into authors (id, username, display_name) values ($1, 'back', 'Back')", room.Owner.Id);
        await Eventually.HoldsAsync("it is sent in the end", Patience, async () => (await first.HistoryAsync()).Items is [{ Content: "stuck" }]);
        Assert.True(stuck.SendAt > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task G4_who_lost_the_right_meanwhile_sends_nothing_and_is_told_why()
    {
        var room = await world.OpenRoomAsync();
        var (leaver, silent) = (await world.PersonAsync("leaver"), await world.PersonAsync("silent"));
        await world.JoinAsync(room, leaver);
        await world.JoinAsync(room, silent);
        var clients = new[] { leaver, silent }.Select(account => new ChannelClient(world.B.CreateClient(account.Token), room.Channel)).ToArray();
        foreach (var client in clients)
            await client.ScheduleAsync("too late", ScheduledCalls.InADay);
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, leaver));
        await world.SilenceMembersAsync(room);
        await ScheduledCalls.MakeDueAsync(world.Database, room);

        await clients[0].FailsLaterAsync("channel_not_found");
        await clients[1].FailsLaterAsync("missing_permission");
        Assert.Empty((await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_deleted_answer_and_a_locked_thread_refuse_it_and_another_time_tries_it_again()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var answered = await room.SendAsync("a question");
        var thread = await room.ThreadAsync();
        var inThread = new ChannelClient(guest.Http, thread.Channel);
        var (reply, locked) = (await guest.ScheduleAsync("reply", ScheduledCalls.InADay, answered.Id), await inThread.ScheduleAsync("locked", ScheduledCalls.InADay));
        using var deleted = await room.Http.DeleteAsync($"{room.Messages}/{answered.Id}", Ending);
        using var shut = await room.EditThreadAsync(thread.Channel, new { locked = true });
        await shut.ExpectAsync(HttpStatusCode.OK);
        await ScheduledCalls.MakeDueAsync(world.Database, guest, thread);

        await guest.FailsLaterAsync("reply_not_found");
        await inThread.FailsLaterAsync("thread_locked");
        using var open = await room.EditThreadAsync(thread.Channel, new { locked = false });
        foreach (var (id, body) in new (Guid, object)[] { (reply.Id, new { sendAt = ScheduledCalls.InADay, replyTo = (Guid?)null, content = "no reply" }), (locked.Id, new { sendAt = ScheduledCalls.InADay }) })
        {
            using var edited = await guest.Http.PatchAsJsonAsync($"/api/v1/scheduled/{id}", body, Ending);
            await edited.ExpectAsync(HttpStatusCode.OK);
            Assert.Null((await edited.ReadAsync<ScheduledView>()).Failed);
        }

        await ScheduledCalls.MakeDueAsync(world.Database, guest, thread);

        await Eventually.HoldsAsync("both are sent", Patience, async () => (await guest.Http.ScheduledAsync()).Items.Length == 0);
        Assert.Equal("locked", Assert.Single((await thread.HistoryAsync()).Items).Content);
        Assert.Null((await room.HistoryAsync()).Items.Single(message => message.Content == "no reply").ReplyTo);
    }

    [Fact]
    public async Task A_thread_that_rests_is_opened_by_it()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        using var archived = await room.EditThreadAsync(thread.Channel, new { archived = true });
        await archived.ExpectAsync(HttpStatusCode.OK);
        await thread.ScheduleAsync("good morning", ScheduledCalls.InADay);
        await ScheduledCalls.MakeDueAsync(world.Database, thread);

        await Eventually.HoldsAsync("it is sent", Patience, async () => (await thread.HistoryAsync()).Items is [{ Content: "good morning" }]);
        Assert.Null((await room.FindThreadAsync(thread.Channel)).ArchivedAt);
    }

    [Fact]
    public async Task Slow_mode_lets_it_wait_for_its_turn_and_no_rate_counts_it()
    {
        var database = await world.CreateDatabaseAsync();
        // By these rates what is sent here would take hours.
        await using var replica = world.Start(
            database, ("Limits:Enabled", "true"), ("Limits:RedisTimeout", "00:00:30"), ("Limits:Channel:Window", "05:00:00"), ("Limits:Person:Window", "05:00:00"));
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        await world.SetSlowModeAsync(room, 5);
        var client = new ChannelClient(replica.CreateClient(guest.Token), room.Channel);
        var before = DateTimeOffset.UtcNow;
        await client.SendAsync("first");
        await client.ScheduleAsync("second", ScheduledCalls.InADay);
        var busy = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        for (var i = 0; i < 12; i++)
            await busy.ScheduleAsync($"{i}", ScheduledCalls.InADay);
        await ScheduledCalls.MakeDueAsync(database, client);

        await Eventually.HoldsAsync("all are sent", Patience, async () => (await client.HistoryAsync()).Items.Length == 14);
        var items = (await client.HistoryAsync()).Items;
        Assert.True(items.Single(message => message.Content == "second").CreatedAt - before > TimeSpan.FromSeconds(4.9), "It was sent before its turn.");
        Assert.Equal(12, items.Count(message => message.Author.Id == room.Owner.Id));
    }

    private static async Task SendDueAsync(RunningService<MessagingService> replica)
    {
        await using var scope = replica.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ScheduledSending>().SendNextAsync(Ending);
    }
}
