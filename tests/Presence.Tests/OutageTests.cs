using System.Net;
using Chat.Stores;

namespace Chat.Presence.Tests;

/// <summary>Blocks and look-ups while another part is away. The replicas have a database of their own, so that nobody else repairs what they leave.</summary>
public sealed class OutageTests(World world)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task G4_without_messaging_a_block_is_not_answered_with_success_and_the_repeated_request_finishes_it()
    {
        await using var gate = Gate(world.Messaging.Address);
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database, ("services:messaging:http:0", $"http://127.0.0.1:{gate.Port}"));
        var (ada, bob) = await TwoAtAsync(replica);
        await ada.AskAsync(bob);

        gate.Shut();
        for (var repeat = 0; repeat < 2; repeat++)
            await NotYetAsync(ada, HttpMethod.Put, bob);
        // It is made all the same.
        Assert.Equal([$"blocked:{bob.Id}"], await ada.RelationsAsync());
        Assert.Equal(1, await UnsettledAsync(database));

        gate.Open();
        await ada.BlockAsync(bob);
        Assert.True(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
        Assert.Equal(0, await UnsettledAsync(database));

        gate.Shut();
        await NotYetAsync(ada, HttpMethod.Delete, bob);
        gate.Open();
        await ada.UnblockAsync(bob);
        Assert.False(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
    }

    [Fact]
    public async Task What_nobody_repeats_is_settled_by_itself_by_the_latest_word()
    {
        await using var gate = Gate(world.Messaging.Address);
        // So that messaging hears of it from the job alone.
        await using var rabbit = Gate(new Uri(world.RabbitMq), open: false);
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(
            database, ("services:messaging:http:0", $"http://127.0.0.1:{gate.Port}"), ("ConnectionStrings:rabbitmq", Through(rabbit)));
        var (ada, bob) = await TwoAtAsync(replica);
        gate.Shut();
        await NotYetAsync(ada, HttpMethod.Put, bob);
        await NotYetAsync(ada, HttpMethod.Delete, bob);
        await NotYetAsync(ada, HttpMethod.Put, bob);
        await NotYetAsync(bob, HttpMethod.Put, ada);
        await NotYetAsync(bob, HttpMethod.Delete, ada);
        Assert.Null(await world.MessagingHasBlockAsync(ada.Id, bob.Id));

        gate.Open();

        await Eventually.HoldsAsync("messaging knows of the block", Recovery, async () => await world.MessagingHasBlockAsync(ada.Id, bob.Id) is true);
        rabbit.Open();
        await Eventually.HoldsAsync("everything is settled", Recovery, async () => await UnsettledAsync(database) == 0);
        Assert.True(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
        Assert.False(await world.MessagingHasBlockAsync(bob.Id, ada.Id));
    }

    [Fact]
    public async Task G4_without_RabbitMQ_a_block_is_effective_in_messaging_and_answered_when_its_event_is_out()
    {
        await using var rabbit = Gate(new Uri(world.RabbitMq), open: false);
        await using var replica = world.Start(await world.CreateDatabaseAsync(), ("ConnectionStrings:rabbitmq", Through(rabbit)));
        var (ada, bob) = await TwoAtAsync(replica);

        // Friends are made all the same: nobody waits for those events.
        await ada.AskAsync(bob);
        await bob.AcceptAsync(ada);
        await NotYetAsync(ada, HttpMethod.Put, bob);
        Assert.True(await world.MessagingHasBlockAsync(ada.Id, bob.Id));

        rabbit.Open();
        await Eventually.HoldsAsync("the block is answered", Recovery, async () =>
        {
            using var response = await ada.SendAsync(HttpMethod.Put, Somebody.Block(bob));
            return response.StatusCode == HttpStatusCode.NoContent;
        });
    }

    [Fact]
    public async Task Without_identity_nobody_new_is_found_and_whoever_is_known_can_still_be_blocked()
    {
        await using var gate = Gate(world.Identity.Address);
        await using var replica = world.Start(await world.CreateDatabaseAsync(), ("services:identity:http:0", $"http://127.0.0.1:{gate.Port}"));
        var (ada, bob) = await TwoAtAsync(replica);
        await ada.AskAsync(bob);
        gate.Shut();

        using var asked = await ada.TryAskAsync(bob);
        using var unknown = await ada.SendAsync(HttpMethod.Put, $"/api/v1/blocks/{Guid.NewGuid()}");

        await asked.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "identity_unavailable");
        await unknown.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "identity_unavailable");
        await ada.BlockAsync(bob);
    }

    private async Task<(Somebody Ada, Somebody Bob)> TwoAtAsync(RunningService<PresenceService> replica)
    {
        var (ada, bob) = await world.TwoAsync();
        // A first request, while everything is there: the replica has its keys then.
        Assert.Empty(await ada.At(replica).FriendsAsync());
        return (ada.At(replica), bob.At(replica));
    }

    private static async Task NotYetAsync(Somebody who, HttpMethod method, Somebody whom)
    {
        using var response = await who.SendAsync(method, Somebody.Block(whom));
        await response.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "not_yet_effective");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static Task<long> UnsettledAsync(string database) => Sql.ScalarAsync<long>(database, "select count(*) from unsettled_blocks");

    private static TcpGate Gate(Uri store, bool open = true) => new(store.Host, store.Port, open);

    private string Through(TcpGate gate) => new UriBuilder(world.RabbitMq) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString();
}
