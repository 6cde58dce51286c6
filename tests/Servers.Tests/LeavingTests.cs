using Chat.Servers.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

/// <summary>Once a leave is answered, no reader on any replica sees the member again.</summary>
public sealed class LeavingTests(LeavingTests.OwnDeployment own) : IClassFixture<LeavingTests.OwnDeployment>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => own.Deployment;

    [Fact]
    public async Task G4_fifty_readers_that_race_with_the_leave_see_nothing_once_it_is_answered()
    {
        for (var round = 0; round < 5; round++)
        {
            var (server, channel, bob) = await MemberAsync();
            using var client = Deployment.ClientOf(bob, round % 2);
            if (round % 2 == 0)
            {
                await Deployment.EmptyRedisAsync();
            }

            await RacingReaders.RaceAsync(
                "saw a member who had left",
                async index => await Deployment.Readers[index % 2].GetAsync(channel, bob.Id, Cancellation) is not null,
                async () => await (await client.LeaveAsync(server)).DoneAsync());
        }
    }

    [Fact]
    public async Task G4_Redis_that_forgets_right_after_the_leave_does_not_bring_the_member_back()
    {
        var (server, channel, bob) = await MemberAsync();
        using var client = Deployment.ClientOf(bob);
        using var left = await client.LeaveAsync(server);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);

        for (var round = 0; round < 20; round++)
        {
            await Deployment.EmptyRedisAsync();
            var seen = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index => await Deployment.Readers[index % 2].GetAsync(channel, bob.Id, Cancellation)));
            Assert.All(seen, Assert.Null);
        }
    }

    [Fact]
    public async Task G4_a_rebuild_that_read_before_the_leave_and_writes_after_it_loses()
    {
        foreach (var forget in new[] { false, true })
        {
            var (server, channel, bob) = await MemberAsync();
            var services = Deployment.Replicas[1].Services;
            var (writer, snapshots) = (services.GetRequiredService<PermissionModelWriter>(), services.GetRequiredService<SnapshotReader>());
            string? nonce = null;
            // The rebuild that the reader of a moment ago asked for may come between.
            await Eventually.HoldsAsync("a model that is to be built", async () =>
            {
                await Deployment.EmptyRedisAsync();
                nonce = await writer.BeginAsync(server, channel, Cancellation);
                return nonce is not null;
            });
            var before = await snapshots.ReadAsync(server, Cancellation);
            Assert.NotNull(nonce);
            Assert.NotNull(before);

            using var client = Deployment.ClientOf(bob);
            using var left = await client.LeaveAsync(server);
            Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
            if (forget)
            {
                await Deployment.EmptyRedisAsync();
            }

            Assert.False(await writer.CommitAsync(nonce, before, Cancellation));
            Assert.Null(await Deployment.Readers[0].GetAsync(channel, bob.Id, Cancellation));
        }
    }

    [Fact]
    public async Task Concurrent_readers_of_a_missing_model_share_a_rebuild_and_then_Redis_answers()
    {
        var (server, channel, bob) = await MemberAsync();
        using var rebuilds = new CounterProbe(Deployment, "chat.permissions.rebuilds");
        await Deployment.EmptyRedisAsync();

        var seen = await Task.WhenAll(Enumerable.Range(0, 50).Select(async index => await Deployment.Readers[index % 2].GetAsync(channel, bob.Id, Cancellation)));

        Assert.All(seen, access => Assert.Equal(server, access?.Server));
        var model = PatientRedis.Reader(Deployment.Redis);
        await Eventually.HoldsAsync("the model in Redis", async () => (await model.ReadAsync([channel], bob.Id, Cancellation))[0].Known);
        // One for each replica that was asked, and one more each where a reader came between the end of a rebuild and its commit's visibility.
        Assert.InRange(rebuilds.Total, 1, 6);
    }

    private async Task<(Guid Server, Guid Channel, Account Bob)> MemberAsync()
    {
        var (ada, bob) = (await Deployment.SignUpAsync("ada"), await Deployment.SignUpAsync("bob"));
        using var owner = Deployment.ClientOf(ada);
        using var client = Deployment.ClientOf(bob);
        var server = await owner.CreateServerAsync();
        await (await client.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        Assert.NotNull(await Deployment.Readers[0].GetAsync(server.General(), bob.Id, Cancellation));
        return (server.Id(), server.General(), bob);
    }

    /// <summary>A deployment whose Redis may be emptied.</summary>
    public sealed class OwnDeployment(ServersFixture fixture) : IAsyncLifetime
    {
        internal Deployment Deployment { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Deployment = await Deployment.StartAsync(fixture.Stores, redisDatabase: 2);

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Deployment.DisposeAsync();
    }
}
