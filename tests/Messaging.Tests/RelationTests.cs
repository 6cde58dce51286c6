using System.Net;
using Chat.Contracts;
using Chat.Messaging.Data;
using Chat.Messaging.Relations;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>What messaging keeps of blocks and friendships, as presence tells it by calls and events, in whatever order they come.</summary>
public sealed class RelationTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G4_a_block_counts_on_every_replica_once_it_is_answered_and_so_does_its_end()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        Assert.Equal(default, await BetweenAsync(world.A, ada, bob));

        await TellAsync(HttpMethod.Put, $"blocks/{ada}/{bob}", 1);
        Assert.Equal(new Relation(Friends: false, ABlocksB: true, BBlocksA: false), await BetweenAsync(world.B, ada, bob));
        Assert.Equal(new Relation(Friends: false, ABlocksB: false, BBlocksA: true), await BetweenAsync(world.A, bob, ada));
        Assert.True((await BetweenAsync(world.A, bob, ada)).Blocked);

        await TellAsync(HttpMethod.Put, $"blocks/{bob}/{ada}", 2);
        await TellAsync(HttpMethod.Delete, $"blocks/{ada}/{bob}", 3);
        Assert.Equal(new Relation(Friends: false, ABlocksB: false, BBlocksA: true), await BetweenAsync(world.B, ada, bob));
    }

    [Fact]
    public async Task What_is_not_newer_changes_nothing_however_late_and_often_it_is_told()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        await TellAsync(HttpMethod.Delete, $"blocks/{ada}/{bob}", 8);
        await TellAsync(HttpMethod.Put, $"friendships/{ada}/{bob}", 8);

        for (var rev = 1; rev <= 8; rev++)
        {
            await TellAsync(HttpMethod.Put, $"blocks/{ada}/{bob}", rev);
            await TellAsync(HttpMethod.Delete, $"friendships/{bob}/{ada}", rev);
            Assert.Equal(new Relation(Friends: true, ABlocksB: false, BBlocksA: false), await BetweenAsync(world.A, ada, bob));
        }

        await TellAsync(HttpMethod.Put, $"blocks/{ada}/{bob}", 9);
        await TellAsync(HttpMethod.Delete, $"friendships/{bob}/{ada}", 9);
        Assert.Equal(new Relation(Friends: false, ABlocksB: true, BBlocksA: false), await BetweenAsync(world.A, ada, bob));
    }

    [Fact]
    public async Task A_friendship_is_of_both_whoever_is_named_first()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var (one, other, rev) in new[] { (ada, bob, 1), (bob, ada, 3) })
        {
            await TellAsync(HttpMethod.Put, $"friendships/{one}/{other}", rev);
            Assert.True((await BetweenAsync(world.A, ada, bob)).Friends && (await BetweenAsync(world.B, bob, ada)).Friends);
            await TellAsync(HttpMethod.Delete, $"friendships/{one}/{other}", rev + 1);
            Assert.False((await BetweenAsync(world.A, ada, bob)).Friends || (await BetweenAsync(world.B, bob, ada)).Friends);
        }
    }

    [Fact]
    public async Task Many_are_answered_at_once_each_by_what_they_are()
    {
        var ada = Guid.NewGuid();
        var (friend, blocked, blocker, both, former, stranger) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await TellAsync(HttpMethod.Put, $"friendships/{ada}/{friend}", 1);
        await TellAsync(HttpMethod.Put, $"blocks/{ada}/{blocked}", 1);
        await TellAsync(HttpMethod.Put, $"blocks/{blocker}/{ada}", 1);
        await TellAsync(HttpMethod.Put, $"blocks/{ada}/{both}", 1);
        await TellAsync(HttpMethod.Put, $"blocks/{both}/{ada}", 2);
        await TellAsync(HttpMethod.Put, $"friendships/{ada}/{former}", 1);
        await TellAsync(HttpMethod.Delete, $"friendships/{ada}/{former}", 2);

        await using var scope = world.A.Services.CreateAsyncScope();
        var relations = scope.ServiceProvider.GetRequiredService<Relations.Relations>();
        var all = await relations.BetweenAsync(ada, [friend, blocked, blocker, both, former, stranger, friend, ada], Ending);

        Assert.Equal(
            new Dictionary<Guid, Relation>
            {
                [friend] = new(true, false, false),
                [blocked] = new(false, true, false),
                [blocker] = new(false, false, true),
                [both] = new(false, true, true),
                [former] = default,
                [stranger] = default,
                [ada] = default,
            },
            all);
        Assert.Empty(await relations.BetweenAsync(ada, [], Ending));
    }

    [Fact]
    public async Task A_writer_takes_part_in_the_transaction_around_it()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        await using var scope = world.A.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        await using (await db.Database.BeginTransactionAsync(Ending))
        {
            Assert.True(await scope.ServiceProvider.GetRequiredService<BlockWriter>().SetAsync(ada, bob, 1, Ending));
            Assert.False(await scope.ServiceProvider.GetRequiredService<BlockWriter>().SetAsync(ada, bob, 1, Ending));
            Assert.True((await scope.ServiceProvider.GetRequiredService<Relations.Relations>().BetweenAsync(ada, bob, Ending)).ABlocksB);
            Assert.Equal(default, await BetweenAsync(world.B, ada, bob));
        }

        Assert.Equal(default, await BetweenAsync(world.A, ada, bob));
    }

    [Fact]
    public async Task Events_say_the_same_and_an_older_one_that_comes_late_changes_nothing()
    {
        var (ada, bob, at) = (Guid.NewGuid(), Guid.NewGuid(), DateTimeOffset.UtcNow);
        await HeardAsync(new UserBlocked { Blocker = ada, Blocked = bob, Rev = 5, At = at }, new(false, true, false));
        await TellAsync(HttpMethod.Delete, $"blocks/{ada}/{bob}", 7);
        await HeardAsync(new UserBlocked { Blocker = bob, Blocked = ada, Rev = 8, At = at }, new(false, false, true));
        await HeardAsync(new UserUnblocked { Blocker = bob, Blocked = ada, Rev = 9, At = at }, default);
        await HeardAsync(new FriendAccepted { From = bob, To = ada, Rev = 10, At = at }, new(true, false, false));

        // When something newer, told after it, was heard, the older one was heard too.
        await Bus.Publish(new UserBlocked { Blocker = ada, Blocked = bob, Rev = 6, At = at }, Ending);
        await Bus.Publish(new FriendRemoved { User = ada, Other = bob, Rev = 4, At = at }, Ending);
        await SettledAsync(at);
        Assert.Equal(new Relation(true, false, false), await BetweenAsync(world.A, ada, bob));
        await HeardAsync(new FriendRemoved { User = ada, Other = bob, Rev = 11, At = at }, default);

        async Task HeardAsync<TEvent>(TEvent told, Relation expected) where TEvent : class
        {
            await Bus.Publish(told, Ending);
            await Eventually.HoldsAsync($"{typeof(TEvent).Name} was heard", Patience, async () => await BetweenAsync(world.A, ada, bob) == expected);
        }
    }

    [Fact]
    public async Task Without_a_revision_or_about_one_person_nothing_is_kept_and_users_cannot_tell_anything()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var table in new[] { "blocks", "friendships" })
        {
            foreach (var method in new[] { HttpMethod.Put, HttpMethod.Delete })
            {
                using var zero = await SendAsync(method, $"{table}/{ada}/{bob}?rev=0");
                await zero.ExpectFieldErrorAsync("rev", "out_of_range");
                using var none = await SendAsync(method, $"{table}/{ada}/{bob}");
                await none.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
                using var self = await SendAsync(method, $"{table}/{ada}/{ada}?rev=1");
                await self.ExpectFieldErrorAsync("user", "invalid");
                using var client = world.A.CreateClient((await world.SharedRoomAsync()).Owner.Token);
                using var request = new HttpRequestMessage(method, $"/internal/{table}/{ada}/{bob}?rev=1");
                using var user = await client.SendAsync(request, Ending);
                await user.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            }
        }

        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select (select count(*) from blocks where blocker = $1) + (select count(*) from friendships where $1 in (a, b))", ada));
    }

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address)
    {
        using var peer = world.A.CreateClient(world.A.ServiceToken("messaging"));
        using var request = new HttpRequestMessage(method, $"/internal/{address}");
        return await peer.SendAsync(request, Ending);
    }

    private async Task TellAsync(HttpMethod method, string address, long rev)
    {
        using var response = await SendAsync(method, $"{address}?rev={rev}");
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    /// <summary>Waits until events of each kind that were published now have been heard.</summary>
    private async Task SettledAsync(DateTimeOffset at)
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        await Bus.Publish(new UserBlocked { Blocker = one, Blocked = other, Rev = 1, At = at }, Ending);
        await Bus.Publish(new FriendRemoved { User = one, Other = other, Rev = 1, At = at }, Ending);
        await Eventually.HoldsAsync("later events were heard", Patience, async () =>
            (await BetweenAsync(world.A, one, other)).ABlocksB
            && await Sql.ScalarAsync<long>(world.Database, "select count(*) from friendships where $1 in (a, b)", one) > 0);
    }

    private static async Task<Relation> BetweenAsync(RunningService<MessagingService> replica, Guid a, Guid b)
    {
        await using var scope = replica.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Relations.Relations>().BetweenAsync(a, b, Ending);
    }
}
