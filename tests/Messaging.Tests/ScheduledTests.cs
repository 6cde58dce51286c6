using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Messages for later as their author keeps them.</summary>
public sealed class ScheduledTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"sendAt":"IN_A_DAY"}""", "content", "required")]
    [InlineData("""{"content":"","sendAt":"IN_A_DAY"}""", "content", "required")]
    [InlineData("""{"content":5,"sendAt":"IN_A_DAY"}""", "content", "invalid_type")]
    [InlineData("""{"content":"x"}""", "sendAt", "required")]
    [InlineData("""{"content":"x","sendAt":17}""", "sendAt", "invalid_time")]
    [InlineData("""{"content":"x","sendAt":"tomorrow"}""", "sendAt", "invalid_time")]
    [InlineData("""{"content":"x","sendAt":"\ud800"}""", "sendAt", "invalid_time")]
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
        var mine = await room.ScheduleAsync("mine", ScheduledCalls.InADay);

        Assert.Empty((await guest.Http.ScheduledAsync()).Items);
        using var edited = await guest.Http.PatchAsJsonAsync($"/api/v1/scheduled/{mine.Id}", new { content = "theirs" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");
        using var removed = await guest.Http.DeleteAsync($"/api/v1/scheduled/{mine.Id}", Ending);
        await removed.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");
        using var unseen = await new ChannelClient(stranger, room.Channel).PostLaterAsync("x", ScheduledCalls.InADay);
        await unseen.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await world.SilenceMembersAsync(room);
        using var silent = await guest.PostLaterAsync("x", ScheduledCalls.InADay);
        await silent.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Fact]
    public async Task The_list_has_the_soonest_first_by_pages_and_for_one_channel()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        var days = new[] { 3, 1, 2 };
        foreach (var day in days)
            await room.ScheduleAsync($"{day}", DateTimeOffset.UtcNow.AddDays(day));
        await thread.ScheduleAsync("elsewhere", DateTimeOffset.UtcNow.AddHours(1));

        var first = await room.Http.ScheduledAsync("?limit=3");
        var second = await room.Http.ScheduledAsync($"?limit=3&cursor={first.Next}");

        Assert.Equal(["elsewhere", "1", "2", "3"], first.Items.Concat(second.Items).Select(item => item.Content));
        Assert.Null(second.Next);
        Assert.Equal("elsewhere", Assert.Single((await room.Http.ScheduledAsync($"?channel={thread.Channel}")).Items).Content);
        foreach (var (query, field, code) in new[] { ("?channel=x", "channel", "invalid_id"), ("?limit=1000", "limit", "out_of_range"), ("?cursor=_", "cursor", "invalid") })
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

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => room.PostLaterAsync("x", ScheduledCalls.InADay)));

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
            await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_scheduled");
    }

    [Fact]
    public async Task Removed_it_is_not_sent()
    {
        var room = await world.OpenRoomAsync();
        var (gone, stays) = (await room.ScheduleAsync("gone", ScheduledCalls.InADay), await room.ScheduleAsync("stays", ScheduledCalls.InADay));
        using var removed = await room.Http.DeleteAsync($"/api/v1/scheduled/{gone.Id}", Ending);
        await removed.ExpectAsync(HttpStatusCode.NoContent);
        using var again = await room.Http.DeleteAsync($"/api/v1/scheduled/{gone.Id}", Ending);
        await again.ExpectProblemAsync(HttpStatusCode.NotFound, "scheduled_not_found");

        await ScheduledCalls.MakeDueAsync(world.Database, room);
        await Eventually.HoldsAsync("the other is sent", Patience, async () => (await room.HistoryAsync()).Items.Length > 0);
        Assert.Equal(stays.Content, Assert.Single((await room.HistoryAsync()).Items).Content);
    }
}
