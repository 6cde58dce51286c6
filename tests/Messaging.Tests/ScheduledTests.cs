using System.Net;
using System.Net.Http.Json;
using Chat.Messaging.Scheduling;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>Messages that are sent later.</summary>
public sealed class ScheduledTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_for_later_is_sent_at_its_time_as_its_author()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var answered = await room.SendAsync("a question");

        var later = await ScheduleAsync(guest, "  an answer ", DateTimeOffset.UtcNow.AddSeconds(4), answered.Id);
        Assert.Equal(("an answer", answered.Id), (later.Content, later.ReplyTo));

        await Eventually.HoldsAsync("it is sent", Patience, async () => (await room.HistoryAsync()).Items.Length == 2);
        var sent = (await room.HistoryAsync()).Items[1];
        Assert.Equal(("an answer", answered.Id), (sent.Content, sent.ReplyTo));
        Assert.True(sent.CreatedAt >= later.SendAt);
        await Eventually.HoldsAsync("it waits no more", Patience, async () => (await ListAsync(guest.Http)).Items.Length == 0);
    }

    [Fact]
    public async Task G2_many_that_are_due_are_sent_once_each_by_two_replicas_and_whoever_helps_them()
    {
        var room = await world.OpenRoomAsync();
        for (var i = 0; i < 40; i++)
            await ScheduleAsync(room, $"{i}", InADay);
        await MakeDueAsync(world.Database, room);

        await Eventually.HoldsAsync("all are sent", Patience, async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendDueAsync(i % 2 == 0 ? world.A : world.B)));
            return (await ListAsync(room.Http)).Items.Length == 0;
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
        await ScheduleAsync(client, "once", InADay);
        await MakeDueAsync(database, client);

        await Eventually.HoldsAsync("it dies several times", Patience, async () => await Sql.ScalarAsync<long>(database, "select last_value from deaths") >= 4);
        Assert.Equal(1, (await client.ChangesAsync(0)).Rev);
        await Sql.RunAsync(database, "drop trigger die on scheduled_messages");
        await Eventually.HoldsAsync("it is marked", Patience, async () => (await ListAsync(client.Http)).Items.Length == 0);

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
        var later = await ScheduleAsync(client, "in the end", InADay);
        await MakeDueAsync(database, client);
        await Eventually.HoldsAsync("it is postponed", Patience, async () => await Sql.ScalarAsync<bool>(database, "select try_at > send_at from scheduled_messages where id = $1", later.Id));
        Assert.Null((await ListAsync(client.Http)).Items.Single().Failed);

        await Sql.RunAsync(database, "drop trigger refuse on messages");
        await Eventually.HoldsAsync("it is sent", Patience, async () => (await client.HistoryAsync()).Items is [{ Content: "in the end" }]);
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
            await ScheduleAsync(client, "too late", InADay);
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, leaver));
        await world.SilenceMembersAsync(room);
        await MakeDueAsync(world.Database, room);

        await FailedAsync(clients[0], "channel_not_found");
        await FailedAsync(clients[1], "missing_permission");
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
        var (reply, locked) = (await ScheduleAsync(guest, "reply", InADay, answered.Id), await ScheduleAsync(inThread, "locked", InADay));
        using var deleted = await room.Http.DeleteAsync($"{room.Messages}/{answered.Id}", Ending);
        using var shut = await room.EditThreadAsync(thread.Channel, new { locked = true });
        await shut.ExpectAsync(HttpStatusCode.OK);
        await MakeDueAsync(world.Database, guest, thread);

        await FailedAsync(guest, "reply_not_found");
        await FailedAsync(inThread, "thread_locked");
        using var open = await room.EditThreadAsync(thread.Channel, new { locked = false });
        foreach (var (id, body) in new (Guid, object)[] { (reply.Id, new { sendAt = InADay, replyTo = (Guid?)null, content = "no reply" }), (locked.Id, new { sendAt = InADay }) })
        {
            using var edited = await guest.Http.PatchAsJsonAsync($"/api/v1/scheduled/{id}", body, Ending);
            await edited.ExpectAsync(HttpStatusCode.OK);
            Assert.Null((await edited.ReadAsync<ScheduledView>()).Failed);
        }

        await MakeDueAsync(world.Database, guest, thread);

        await Eventually.HoldsAsync("both are sent", Patience, async () => (await ListAsync(guest.Http)).Items.Length == 0);
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
        await ScheduleAsync(thread, "good morning", InADay);
        await MakeDueAsync(world.Database, thread);

        await Eventually.HoldsAsync("it is sent", Patience, async () => (await thread.HistoryAsync()).Items is [{ Content: "good morning" }]);
        Assert.Null((await room.FindThreadAsync(thread.Channel)).ArchivedAt);
    }

    [Fact]
    public async Task Slow_mode_lets_it_wait_for_its_turn_and_no_rate_counts_it()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database, ("Limits:Enabled", "true"), ("Limits:RedisTimeout", "00:00:30"));
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        await world.SetSlowModeAsync(room, 5);
        var client = new ChannelClient(replica.CreateClient(guest.Token), room.Channel);
        var first = await client.SendAsync("first");
        await ScheduleAsync(client, "second", InADay);
        var busy = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        for (var i = 0; i < 12; i++)
            await ScheduleAsync(busy, $"{i}", InADay);
        await MakeDueAsync(database, client);

        await Eventually.HoldsAsync("all are sent", Patience, async () => (await client.HistoryAsync()).Items.Length == 14);
        var items = (await client.HistoryAsync()).Items;
        Assert.InRange(items.Single(message => message.Content == "second").CreatedAt - first.CreatedAt, TimeSpan.FromSeconds(3), Patience);
        // Those of somebody without slow mode were more than any rate allows at once.
        var theirs = items.Where(message => message.Author.Id == room.Owner.Id).Select(message => message.CreatedAt).ToList();
        Assert.InRange(theirs.Max() - theirs.Min(), TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Theory]
    [InlineData("""{"sendAt":"IN_A_DAY"}""", "content", "required")]
    [InlineData("""{"content":"","sendAt":"IN_A_DAY"}""", "content", "required")]
    [InlineData("""{"content":5,"sendAt":"IN_A_DAY"}""", "content", "invalid_type")]
    [InlineData("""{"content":"x"}""", "sendAt", "required")]
    [InlineData("""{"content":"x","sendAt":17}""", "sendAt", "invalid_time")]
    [InlineData("""{"content":"x","sendAt":"tomorrow"}""", "sendAt", "invalid_time")]
    [InlineData("""{"content":"x","sendAt":"2030-01-01T00:00:00"}""", "sendAt", "invalid_time")]
    [InlineData("""{"content":"x","sendAt":"2020-01-01T00:00:00Z"}""", "sendAt", "out_of_range")]
    [InlineData("""{"content":"x","sendAt":"9999-12-31T23:59:59Z"}""", "sendAt", "out_of_range")]
    [InlineData("""{"content":"x","sendAt":"IN_A_DAY","replyTo":"x"}""", "replyTo", "invalid_id")]
    [InlineData("""{"content":"x","sendAt":"IN_A_DAY","replyTo":"0197a0c0-0000-7000-8000-000000000000"}""", "replyTo", "reply_not_found")]
    public async Task Bad_input_is_named_by_its_field(string body, string field, string code)
    {
        var room = await world.SharedRoomAsync();
        var json = body.Replace("IN_A_DAY", DateTimeOffset.UtcNow.AddDays(1).ToString("o"), StringComparison.Ordinal);
        using var answer = await room.Http.PostAsync($"/api/v1/channels/{room.Channel}/scheduled", new StringContent(json, System.Text.Encoding.UTF8, "application/json"), Ending);
        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Nobody_sees_changes_or_removes_those_of_others_and_one_is_refused_where_one_may_not_send()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        using var stranger = world.A.CreateClient((await world.PersonAsync("stranger")).Token);
        var mine = await ScheduleAsync(room, "mine", InADay);

        Assert.Empty((await ListAsync(guest.Http)).Items);
        using var edited = await guest.Http.PatchAsJsonAsync($"/api/v1/scheduled/{mine.Id}", new { content = "theirs" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");
        using var removed = await guest.Http.DeleteAsync($"/api/v1/scheduled/{mine.Id}", Ending);
        await removed.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");
        using var unseen = await PostAsync(new ChannelClient(stranger, room.Channel), "x", InADay);
        await unseen.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await world.SilenceMembersAsync(room);
        using var silent = await PostAsync(guest, "x", InADay);
        await silent.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Fact]
    public async Task The_list_has_the_soonest_first_by_pages_and_for_one_channel()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        var days = new[] { 3, 1, 2 };
        foreach (var day in days)
            await ScheduleAsync(room, $"{day}", DateTimeOffset.UtcNow.AddDays(day));
        await ScheduleAsync(thread, "elsewhere", DateTimeOffset.UtcNow.AddHours(1));

        var first = await ListAsync(room.Http, "?limit=3");
        var second = await ListAsync(room.Http, $"?limit=3&cursor={first.Next}");

        Assert.Equal(["elsewhere", "1", "2", "3"], first.Items.Concat(second.Items).Select(item => item.Content));
        Assert.Null(second.Next);
        Assert.Equal("elsewhere", Assert.Single((await ListAsync(room.Http, $"?channel={thread.Channel}")).Items).Content);
        foreach (var (query, field, code) in new[] { ("?channel=x", "channel", "invalid_id"), ("?limit=1000", "limit", "out_of_range"), ("?cursor=_", "cursor", "invalid_cursor") })
        {
            using var bad = await room.Http.GetAsync($"/api/v1/scheduled{query}", Ending);
            await bad.ExpectFieldErrorAsync(field, code);
        }
    }

    [Fact]
    public async Task Nobody_has_more_than_100_however_many_come_at_once()
    {
        var room = await world.OpenRoomAsync();
        await Sql.RunAsync(
            world.Database,
            """
            insert into scheduled_messages (id, author, channel, content, send_at, try_at, created_at)
            select gen_random_uuid(), $1, $2, 'x', now() + interval '1 day', now() + interval '1 day', now() from generate_series(1, 95)
            """,
            room.Owner.Id,
            room.Channel);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(room, "x", InADay)));

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
            await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_scheduled");
    }

    [Fact]
    public async Task Removed_it_is_not_sent()
    {
        var room = await world.OpenRoomAsync();
        var (gone, stays) = (await ScheduleAsync(room, "gone", InADay), await ScheduleAsync(room, "stays", InADay));
        using var removed = await room.Http.DeleteAsync($"/api/v1/scheduled/{gone.Id}", Ending);
        await removed.ExpectAsync(HttpStatusCode.NoContent);
        using var again = await room.Http.DeleteAsync($"/api/v1/scheduled/{gone.Id}", Ending);
        await again.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");

        await MakeDueAsync(world.Database, room);
        await Eventually.HoldsAsync("the other is sent", Patience, async () => (await room.HistoryAsync()).Items.Length > 0);
        Assert.Equal(stays.Content, Assert.Single((await room.HistoryAsync()).Items).Content);
    }

    private static DateTimeOffset InADay => DateTimeOffset.UtcNow.AddDays(1);

    /// <summary>Lets the day pass: everything for later in these channels is due.</summary>
    private static Task MakeDueAsync(string database, params ChannelClient[] places) =>
        Sql.RunAsync(database, "update scheduled_messages set send_at = now(), try_at = now() where channel = any ($1)", places.Select(place => place.Channel).ToArray());

    private static Task<HttpResponseMessage> PostAsync(ChannelClient client, string content, DateTimeOffset sendAt, Guid? replyTo = null) =>
        client.Http.PostAsJsonAsync($"/api/v1/channels/{client.Channel}/scheduled", new { content, sendAt, replyTo }, Ending);

    private static async Task<ScheduledView> ScheduleAsync(ChannelClient client, string content, DateTimeOffset sendAt, Guid? replyTo = null)
    {
        using var answer = await PostAsync(client, content, sendAt, replyTo);
        await answer.ExpectAsync(HttpStatusCode.Created);
        return await answer.ReadAsync<ScheduledView>();
    }

    private static async Task<ScheduledList> ListAsync(HttpClient http, string query = "")
    {
        using var answer = await http.GetAsync($"/api/v1/scheduled{query}", Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<ScheduledList>();
    }

    private static Task FailedAsync(ChannelClient client, string code) => Eventually.HoldsAsync($"it is refused with {code}", Patience, async () =>
        (await ListAsync(client.Http, $"?channel={client.Channel}")).Items is [{ Failed.Code: var failed }] && failed == code);

    private static async Task SendDueAsync(RunningService<MessagingService> replica)
    {
        await using var scope = replica.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ScheduledSending>().SendNextAsync(Ending);
    }

    private sealed record ScheduledView(Guid Id, Guid Channel, string Content, DateTimeOffset SendAt, DateTimeOffset CreatedAt, Guid? ReplyTo = null, FailureView? Failed = null);

    private sealed record FailureView(string Code, DateTimeOffset At);

    private sealed record ScheduledList(ScheduledView[] Items, string? Next = null);
}
