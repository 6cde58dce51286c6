using System.Net;
using Chat.Messaging.Writing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Tests;

/// <summary>A send that is certainly not stored does not cost a turn of slow mode.</summary>
public sealed class SlowModeRefundTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private const int Hour = 3600;

    private readonly Guid _channel = Guid.CreateVersion7();
    private readonly Guid _person = Guid.CreateVersion7();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Outcomes => new()
    {
        { nameof(SendOutcome.ReplyNotFound), true },
        { nameof(SendOutcome.Rejected), true },
        { nameof(SendOutcome.Busy), true },
        { nameof(SendOutcome.Recheck), true },
        { nameof(SendOutcome.Locked), true },
        { nameof(SendOutcome.Archived), true },
        { nameof(SendOutcome.RequestPending), true },
        { "refused before it was written", true },
        { nameof(SendOutcome.StoreUnavailable), false },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task A_send_that_was_not_stored_gives_its_turn_back_and_one_that_may_be_does_not(string outcome, bool back)
    {
        await using (replicas.A.Send(out var first))
        {
            Assert.Null(await first.TakeAsync(_channel, _person, Hour, "first", Ending));
            await first.SettleAsync(Outcome(outcome));
        }

        Assert.Equal(back, await TakeAsync(1, "second") is null);
    }

    [Fact]
    public async Task A_turn_that_two_sends_of_one_nonce_share_is_given_back_when_neither_was_stored()
    {
        await using var scopeA = replicas.A.Send(out var first);
        await using var scopeB = replicas.B.Send(out var again);
        Assert.Null(await first.TakeAsync(_channel, _person, Hour, "first", Ending));
        Assert.Null(await again.TakeAsync(_channel, _person, Hour, "first", Ending));

        await again.SettleAsync(new SendOutcome.Busy());
        Assert.NotNull(await TakeAsync(0, "second"));
        await first.SettleAsync(new SendOutcome.Busy());
        Assert.Null(await TakeAsync(0, "second"));
    }

    [Fact]
    public async Task A_late_refund_does_not_free_the_turn_of_another_message()
    {
        await using var scope = replicas.A.Send(out var first);
        Assert.Null(await first.TakeAsync(_channel, _person, 1, "first", Ending));
        await Eventually.HoldsAsync("the next turn", TimeSpan.FromSeconds(20), async () => await TakeAsync(1, "second") is null);
        await first.SettleAsync(new SendOutcome.Busy());

        Assert.NotNull(await TakeAsync(1, "third"));
    }

    [Theory]
    [InlineData("is silenced", HttpStatusCode.Forbidden, "missing_permission")]
    [InlineData("leaves", HttpStatusCode.NotFound, "channel_not_found")]
    public async Task G4_who_while_their_send_is_under_way_has_their_turn_back(string loses, HttpStatusCode status, string code)
    {
        var (owner, guest, account) = await SlowRoomAsync();
        await owner.SendAsync("first");
        Task<HttpResponseMessage> send;
        await using (var held = await HeldChannel.HoldAsync(replicas.Database, owner.Channel))
        {
            send = guest.TryAsync();
            await held.AwaitedAsync();
            Assert.NotNull(await TakeAsync(1, "second", channel: owner.Channel, person: account.Id));
            if (loses == "leaves")
                Assert.Equal(HttpStatusCode.NoContent, await replicas.World.LeaveAsync(owner, account));
            else
                await replicas.World.SilenceMembersAsync(owner);
            await held.RaiseFenceAsync(owner.Channel, await replicas.World.ServerRevisionAsync(owner) + 1);
        }

        await send.ExpectProblemAsync(status, code);
        Assert.Null(await TakeAsync(1, "second", channel: owner.Channel, person: account.Id));
        Assert.Single((await owner.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_send_that_a_locked_thread_refuses_costs_no_turn()
    {
        var (owner, guest, _) = await SlowRoomAsync();
        var thread = await owner.ThreadAsync();
        var inThread = new ChannelClient(guest.Http, thread.Channel);
        await owner.EditThreadAsync(thread.Channel, new { locked = true }).ExpectAsync(HttpStatusCode.OK);
        await inThread.TryAsync().ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
        await owner.EditThreadAsync(thread.Channel, new { locked = false }).ExpectAsync(HttpStatusCode.OK);

        await inThread.SendAsync("open again");

        await inThread.TryAsync().ExpectProblemAsync(HttpStatusCode.TooManyRequests, "slow_mode");
    }

    [Fact]
    public async Task A_send_that_is_stored_at_its_second_attempt_has_had_its_turn()
    {
        var (owner, guest, _) = await SlowRoomAsync();
        var thread = await owner.ThreadAsync();
        var inThread = new ChannelClient(guest.Http, thread.Channel);
        await owner.EditThreadAsync(thread.Channel, new { archived = true }).ExpectAsync(HttpStatusCode.OK);

        await inThread.SendAsync("wakes it");

        await inThread.TryAsync().ExpectProblemAsync(HttpStatusCode.TooManyRequests, "slow_mode");
    }

    [Fact]
    public async Task G2_a_send_that_its_client_gives_up_keeps_its_turn_and_is_found_by_its_nonce()
    {
        var (owner, guest, account) = await SlowRoomAsync();
        await owner.SendAsync("first");
        await using (var held = await HeldChannel.HoldAsync(replicas.Database, owner.Channel))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ending);
            var send = guest.PostAsync(new { content = "given up", nonce = "given-up" }, patience.Token);
            await held.AwaitedAsync();
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        }

        await Eventually.HoldsAsync("it is stored", TimeSpan.FromSeconds(20), async () => (await owner.HistoryAsync()).Items.Length == 2);
        Assert.NotNull(await TakeAsync(1, "second", channel: owner.Channel, person: account.Id));
        Assert.Equal("given up", (await guest.SendAsync("given up", "given-up")).Content);
        Assert.Equal(2, (await owner.HistoryAsync()).Items.Length);
    }

    /// <summary>A room in slow mode with its owner and a guest, through one replica each.</summary>
    private async Task<(Room Owner, ChannelClient Guest, Stores.Account Account)> SlowRoomAsync()
    {
        var owner = (await replicas.OwnerAsync(replicas.A))[0];
        var guest = await replicas.World.PersonAsync("guest");
        await replicas.World.JoinAsync(owner, guest);
        await replicas.World.SetSlowModeAsync(owner, Hour);
        return (owner, new ChannelClient(replicas.B.CreateClient(guest.Token), owner.Channel), guest);
    }

    private async Task<ProblemHttpResult?> TakeAsync(int replica, string nonce, int slowMode = Hour, Guid? channel = null, Guid? person = null)
    {
        await using var scope = (replica == 0 ? replicas.A : replicas.B).Send(out var limits);
        return await limits.TakeAsync(channel ?? _channel, person ?? _person, slowMode, nonce, Ending);
    }

    private static SendOutcome? Outcome(string name) => name switch
    {
        nameof(SendOutcome.ReplyNotFound) => new SendOutcome.ReplyNotFound(),
        nameof(SendOutcome.Rejected) => new SendOutcome.Rejected(),
        nameof(SendOutcome.Busy) => new SendOutcome.Busy(),
        nameof(SendOutcome.Recheck) => new SendOutcome.Recheck(),
        nameof(SendOutcome.Locked) => new SendOutcome.Locked(),
        nameof(SendOutcome.Archived) => new SendOutcome.Archived(),
        nameof(SendOutcome.RequestPending) => new SendOutcome.RequestPending(),
        nameof(SendOutcome.StoreUnavailable) => new SendOutcome.StoreUnavailable(),
        _ => null,
    };
}
