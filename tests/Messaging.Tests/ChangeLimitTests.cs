using System.Net;
using System.Net.Http.Json;
using Chat.Messaging.Limits;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

public sealed class ChangeLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_changes_at_once_pass_over_both_replicas_and_then_ten_a_second()
    {
        await using var a = replicas.Start(("Limits:Changes:Window", "01:00:00"));
        await using var b = replicas.Start(("Limits:Changes:Window", "01:00:00"));
        var (limits, person) = (new[] { a, b }.Select(replica => replica.Services.GetRequiredService<ChangeLimits>()).ToArray(), Guid.CreateVersion7());

        var decisions = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => limits[i % 2].TakeAsync(person, Ending)));

        Assert.Equal(20, decisions.Count(decision => decision?.RefusedBy is null));
        Assert.All(decisions.Where(decision => decision?.RefusedBy is not null), decision => Assert.Equal("changes", decision?.RefusedBy));
        Assert.All(decisions, decision => Assert.Equal("\"changes\";q=20;w=3600", decision?.Levels[0].Policy));
    }

    [Fact]
    public async Task By_default_twenty_at_once_come_back_within_two_seconds_and_sends_are_not_counted_with_them()
    {
        var (limits, person) = (replicas.A.Services.GetRequiredService<ChangeLimits>(), Guid.CreateVersion7());

        Assert.Equal("\"changes\";q=20;w=2", (await limits.TakeAsync(person, Ending))?.Levels[0].Policy);
        await using var scope = replicas.A.Send(out var send);
        var stand = await send.StandAsync(Guid.CreateVersion7(), person);

        Assert.Equal([5, 10], stand?.Levels.Select(level => level.Remaining));
    }

    [Fact]
    public async Task Edits_and_deletions_count_together_and_a_refused_one_changes_nothing()
    {
        await using var replica = replicas.Start(("Limits:Changes:Window", "10:00:00"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        var message = await owner.SendAsync("0");
        var address = $"{owner.Messages}/{message.Id}";
        for (var i = 1; i <= 18; i++)
        {
            using var edited = await owner.Http.PatchAsJsonAsync(address, new { content = $"{i}" }, Ending);
            await edited.ExpectAsync(HttpStatusCode.OK);
            Assert.Equal("\"changes\";q=20;w=36000", edited.Header("RateLimit-Policy"));
            Assert.StartsWith($"\"changes\";r={20 - i};t=", edited.Header("RateLimit"), StringComparison.Ordinal);
        }

        // What is refused for another reason counts too: whoever tries things out is not to do it faster than others change them.
        using var unknown = await owner.Http.DeleteAsync(new Uri($"{owner.Messages}/{Guid.CreateVersion7()}", UriKind.Relative), Ending);
        await unknown.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        using var invalid = await owner.Http.PostAsJsonAsync($"{owner.Messages}/bulk-delete", new { messages = Array.Empty<string>() }, Ending);
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);

        using var edit = await owner.Http.PatchAsJsonAsync(address, new { content = "too many" }, Ending);
        using var deletion = await owner.Http.DeleteAsync(new Uri(address, UriKind.Relative), Ending);
        using var bulk = await owner.Http.PostAsJsonAsync($"{owner.Messages}/bulk-delete", new { messages = new[] { message.Id } }, Ending);
        foreach (var refused in new[] { edit, deletion, bulk })
        {
            var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("changes", problem.GetProperty("limit").GetString());
            Assert.InRange(refused.Wait(problem), TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(30));
            Assert.StartsWith("\"changes\";r=0;t=", refused.Header("RateLimit"), StringComparison.Ordinal);
        }

        Assert.Equal("18", Assert.Single((await owner.HistoryAsync()).Items).Content);
    }

    [Fact]
    public async Task Every_route_that_changes_messages_counts_and_is_refused_beyond_the_limit_while_reading_and_sending_go_on()
    {
        await using var replica = replicas.Start(("Limits:Changes:Quota", "10"), ("Limits:Changes:Window", "01:00:00"));
        var room = (await replicas.OwnerAsync(replica))[0];
        var (message, poll) = ((await room.SendAsync("change me")).Id, await room.AskAsync());
        Func<Task<HttpResponseMessage>>[] routes =
        [
            () => room.EditAsync(message, "changed"),
            () => room.ReactAsync(message, "😀"),
            () => room.UnreactAsync(message, "😀"),
            () => room.UnreactAsync(message, "😀", Guid.CreateVersion7()),
            () => room.ClearAsync(message),
            () => room.PinAsync(message),
            () => room.UnpinAsync(message),
            () => room.VoteAsync(poll, 1),
            () => room.CloseAsync(poll),
            () => room.DeleteAsync(message),
            () => room.Http.PostAsJsonAsync($"{room.Messages}/bulk-delete", new { messages = new[] { poll } }, Ending),
        ];

        foreach (var (place, route) in routes[..10].Index())
        {
            using var passed = await route();
            Assert.True(passed.IsSuccessStatusCode, $"Route {place} was answered {passed.StatusCode}.");
            Assert.StartsWith($"\"changes\";r={9 - place};", passed.Header("RateLimit"), StringComparison.Ordinal);
        }

        var rev = await room.RevAsync();
        foreach (var route in routes)
        {
            using var refused = await route();
            var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Equal("changes", problem.GetProperty("limit").GetString());
            Assert.True(refused.Wait(problem) > TimeSpan.Zero);
        }

        Assert.Equal(rev, await room.RevAsync());
        await room.SendAsync("sends are not counted with them");
        await room.Http.JsonAsync(room.Reactions(poll, "😀"));
    }
}
