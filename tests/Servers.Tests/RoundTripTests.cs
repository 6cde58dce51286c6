using Chat.Servers.Access;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Chat.Servers.Tests;

/// <summary>What a permission check costs, counted on the connection of a reader as messaging has it.</summary>
public sealed class RoundTripTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_check_is_one_call_of_Redis_and_many_channels_are_one_for_each_hundred()
    {
        using var server = await RandomServer.CreateAsync(Deployment, new Random(3), members: 5, roles: 3, channels: 499);
        var rebuilder = Deployment.Replicas[0].Services.GetRequiredService<PermissionModelRebuilder>();
        await rebuilder.RebuildAsync(server.Id, server.Channels[0], Cancellation);
        await using var service = await PermissionService.StartAsync(Deployment.Settings);
        var (reader, redis) = (service.Permissions, service.Redis);
        var every = new EveryCommand();
        redis.RegisterProfiler(every);

        // The first call also brings the script.
        redis.BeginProfiling(every);
        Assert.NotNull(await reader.GetAsync(server.Channels[0], server.OwnerAccount.Id, Cancellation));
        Assert.InRange(redis.FinishProfiling(every).Count(), 1, 2);

        foreach (var user in server.Members.Append(Guid.CreateVersion7()))
        {
            redis.BeginProfiling(every);
            await reader.GetAsync(server.Channels[^1], user, Cancellation);
            Assert.Equal(["EVAL"], redis.FinishProfiling(every).Select(command => command.Command));
        }

        foreach (var (channels, calls) in ((int, int)[])[(1, 1), (100, 1), (101, 2), (250, 3), (500, 5)])
        {
            redis.BeginProfiling(every);
            var visible = await reader.GetManyAsync([.. server.Channels.Take(channels)], server.OwnerAccount.Id, Cancellation);
            Assert.Equal(channels, visible.Count);
            Assert.Equal(Enumerable.Repeat("EVAL", calls), redis.FinishProfiling(every).Select(command => command.Command));
        }

        Guid[] hundred = [.. server.Members, .. Enumerable.Range(server.Members.Count, 100 - server.Members.Count).Select(_ => Guid.CreateVersion7())];
        await reader.AudienceAsync(server.Channels[0], [server.OwnerAccount.Id], [], Cancellation);
        redis.BeginProfiling(every);
        var audience = await reader.AudienceAsync(server.Channels[0], hundred, [.. server.Roles, .. hundred[10..]], Cancellation);
        Assert.Contains(server.OwnerAccount.Id, audience.Users);
        Assert.Equal(server.Roles, audience.Roles.Select(role => role.Id));
        Assert.Equal(["EVAL"], redis.FinishProfiling(every).Select(command => command.Command));
    }

    /// <summary>All that goes over the connection, whoever asked for it.</summary>
    private sealed class EveryCommand : IProfiler
    {
        public object GetContext() => this;
    }
}
