using Chat.Messaging.Limits;
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
}
