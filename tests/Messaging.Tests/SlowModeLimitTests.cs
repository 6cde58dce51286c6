using System.Net;
using Chat.Stores;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Tests;

public sealed class SlowModeLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private const int Hour = 3600;

    private readonly Guid _channel = Guid.CreateVersion7();
    private readonly Guid _person = Guid.CreateVersion7();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_message_waits_for_its_turn_on_every_replica()
    {
        Assert.Null(await TakeAsync(0, "first"));

        foreach (var replica in (int[])[0, 1])
        {
            var refused = await TakeAsync(replica, "second");
            Assert.Equal(429, refused?.StatusCode);
            Assert.Equal("slow_mode", refused?.ProblemDetails.Extensions["code"]);
            Assert.Equal("slow_mode", refused?.ProblemDetails.Extensions["limit"]);
            Assert.InRange((long?)refused?.ProblemDetails.Extensions["retryAfterMs"] ?? 0, 3_500_000, 3_600_000);
        }
    }

    [Fact]
    public async Task The_turn_comes_by_itself()
    {
        Assert.Null(await TakeAsync(0, "first", slowMode: 1));
        await Eventually.HoldsAsync("the next turn", TimeSpan.FromSeconds(20), async () => await TakeAsync(1, "second", slowMode: 1) is null);
    }

    [Fact]
    public async Task A_slow_mode_that_was_shortened_counts_from_the_last_message()
    {
        Assert.Null(await TakeAsync(0, "first"));
        Assert.NotNull(await TakeAsync(0, "second"));

        await Eventually.HoldsAsync("the turn of the shorter slow mode", TimeSpan.FromSeconds(20), async () => await TakeAsync(1, "second", slowMode: 1) is null);
    }

    [Fact]
    public async Task G2_the_same_nonce_passes_again_without_a_turn_of_its_own()
    {
        Assert.Null(await TakeAsync(0, "first"));
        Assert.Null(await TakeAsync(1, "first"));
        Assert.Null(await TakeAsync(0, "first"));

        Assert.NotNull(await TakeAsync(0, "second"));
    }

    [Fact]
    public async Task G2_a_stored_message_is_found_by_its_nonce_though_a_later_one_has_the_turn()
    {
        var owner = (await replicas.OwnerAsync())[0];
        var stored = await owner.SendAsync("hello", "stored");
        Assert.Null(await TakeAsync(0, "later", channel: owner.Channel, person: owner.Owner.Id));

        Assert.NotNull(await TakeAsync(1, "never sent", channel: owner.Channel, person: owner.Owner.Id));
        Assert.Null(await TakeAsync(1, "stored", channel: owner.Channel, person: owner.Owner.Id));
        Assert.Equal(stored, await owner.SendAsync("hello", "stored"));
    }

    [Fact]
    public async Task One_send_is_counted_once_however_often_it_is_attempted()
    {
        await using var scope = replicas.A.Send(out var limits);
        for (var attempt = 0; attempt < 12; attempt++)
            Assert.Null(await limits.TakeAsync(_channel, _person, Hour, "first", Ending));

        var stand = await limits.StandAsync(_channel, _person);
        Assert.Equal([4, 9, 0], stand?.Levels.Select(level => level.Remaining));
    }

    [Fact]
    public async Task Nobody_waits_for_another_or_in_another_channel()
    {
        Assert.Null(await TakeAsync(0, "first"));
        Assert.Null(await TakeAsync(0, "second", channel: Guid.CreateVersion7()));
        Assert.Null(await TakeAsync(0, "third", person: Guid.CreateVersion7()));
        Assert.Null(await TakeAsync(0, "fourth", slowMode: 0));
    }

    [Fact]
    public async Task Of_two_messages_at_once_one_has_the_turn()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TakeAsync(i % 2, $"{i}")));

        Assert.Single(answers, answer => answer is null);
    }

    [Fact]
    public async Task Members_wait_for_one_another_message_and_whoever_manages_messages_does_not()
    {
        var (owner, guest) = await SlowRoomAsync();
        var first = await guest.SendAsync("first", "1");

        using var refused = await guest.TryAsync();
        var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "slow_mode");
        Assert.Equal("slow_mode", problem.GetProperty("limit").GetString());
        Assert.InRange(refused.Wait(problem), TimeSpan.FromMinutes(58), TimeSpan.FromHours(1));
        Assert.EndsWith("\"slow_mode\";q=1;w=3600", refused.Header("RateLimit-Policy"), StringComparison.Ordinal);
        Assert.Contains("\"slow_mode\";r=0;t=", refused.Header("RateLimit"), StringComparison.Ordinal);
        Assert.Equal(first, await guest.SendAsync("first", "1"));
        await owner.SendAsync("one");
        await owner.SendAsync("two");
        Assert.Equal(3, (await owner.HistoryAsync()).Items.Length);
    }

    [Fact]
    public async Task A_message_that_answers_none_or_is_invalid_takes_no_turn()
    {
        var (_, guest) = await SlowRoomAsync();
        using var lost = await guest.PostAsync(new { content = "hello", nonce = "lost", replyTo = Guid.CreateVersion7() });
        await lost.ExpectFieldErrorAsync("replyTo", "reply_not_found");
        using var empty = await guest.PostAsync(new { content = "", nonce = "empty" });
        await empty.ExpectFieldErrorAsync("content", "required");

        await guest.SendAsync("hello");
    }

    [Fact]
    public async Task Without_slow_mode_in_the_settings_nobody_waits()
    {
        await using var replica = replicas.Start(("Limits:SlowMode", "false"));
        var (_, guest) = await SlowRoomAsync(replica);

        await guest.SendAsync("one");
        await guest.SendAsync("two");
    }

    private async Task<(Room Owner, ChannelClient Guest)> SlowRoomAsync(RunningService<MessagingService>? replica = null)
    {
        var owner = (await replicas.OwnerAsync(replica ?? replicas.A))[0];
        var guest = await replicas.World.PersonAsync("guest");
        await replicas.World.JoinAsync(owner, guest);
        await replicas.World.SetSlowModeAsync(owner, Hour);
        return (owner, new ChannelClient((replica ?? replicas.B).CreateClient(guest.Token), owner.Channel));
    }

    private async Task<ProblemHttpResult?> TakeAsync(int replica, string nonce, int slowMode = Hour, Guid? channel = null, Guid? person = null)
    {
        await using var scope = (replica == 0 ? replicas.A : replicas.B).Send(out var limits);
        return await limits.TakeAsync(channel ?? _channel, person ?? _person, slowMode, nonce, Ending);
    }
}
