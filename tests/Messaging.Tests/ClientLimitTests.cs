using System.Diagnostics;
using Chat.Client;

namespace Chat.Messaging.Tests;

public sealed class ClientLimitTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_waits_as_long_as_it_is_asked_to_and_sends_everything_once()
    {
        var owner = (await replicas.OwnerAsync())[0];
        using var client = new ChatClient(replicas.A.Address, new ChatClientOptions { AccessToken = owner.Owner.Token });

        var started = Stopwatch.StartNew();
        for (var i = 0; i < 8; i++)
            await client.SendAsync(owner.Channel, $"{i}", cancel: Ending);

        // Five pass at once, the others a second apart; it takes longer only where the machine does.
        Assert.InRange(started.Elapsed, TimeSpan.FromSeconds(2.9), TimeSpan.FromMinutes(2));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7"], (await owner.HistoryAsync()).Items.Select(message => message.Content));
    }

    [Fact]
    public async Task The_client_does_not_wait_for_what_lies_beyond_its_patience()
    {
        await using var replica = replicas.Start(("Limits:Channel:Window", "05:00:00"));
        var owner = (await replicas.OwnerAsync(replica))[0];
        using var client = new ChatClient(replica.Address, new ChatClientOptions { AccessToken = owner.Owner.Token });
        for (var i = 0; i < 5; i++)
            await client.SendAsync(owner.Channel, $"{i}", cancel: Ending);

        var refused = await Assert.ThrowsAsync<ChatApiException>(() => client.SendAsync(owner.Channel, "too many", cancel: Ending).WaitAsync(TimeSpan.FromMinutes(1), Ending));

        Assert.Equal("rate_limited", refused.Code);
        Assert.InRange(refused.RetryAfter ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }
}
