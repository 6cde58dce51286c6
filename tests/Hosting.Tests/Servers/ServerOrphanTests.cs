using Chat.Hosting.Processes;
using Chat.Hosting.Servers;
using Chat.Hosting.Tests.Processes;

namespace Chat.Hosting.Tests.Servers;

/// <summary>The servers start processes of their own in many ways; an engine that is killed outright leaves none of them.</summary>
public sealed class ServerOrphanTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_process_of_a_server_remains_when_the_engine_is_killed()
    {
        var directory = Directory.CreateDirectory(Path.Combine("/tmp", $"chat-test-{Guid.NewGuid():N}"), (UnixFileMode)0b111_101_101).FullName;
        using var engine = SecondRun.Start(typeof(ServerOrphanTests), nameof(Engine), directory);
        try
        {
            var processes = await SecondRun.ReportedAsync(directory, engine, TimeSpan.FromMinutes(4));
            Assert.InRange(processes.Length, 12, 100);

            engine.Kill();

            await Eventually.TrueAsync("all processes to be gone", TimeSpan.FromSeconds(30), () => processes.All(process => ProcessTable.StartOf(process) is null));
        }
        finally
        {
            engine.Kill(entireProcessTree: true);
            Directory.Delete(directory, recursive: true);
        }
    }

    [SecondRun]
    public async Task Engine()
    {
        var cache = ServerFolders.Cache;
        ServerRequest In(string name) => ServerUnderTest.Request(name) with { DataDirectory = Path.Combine(SecondRun.Directory, name) };
        Assert.StartsWith(SecondRun.Directory, cache, StringComparison.Ordinal);

        await using var postgres = await ServerUnderTest.StartAsync(await LocalServers.PreparePostgresAsync(In("postgres"), Cancellation));
        await using var redis = await ServerUnderTest.StartAsync(await LocalServers.PrepareRedisAsync(In("redis"), Cancellation));
        await using var rabbit = await ServerUnderTest.StartAsync(await LocalServers.PrepareRabbitMqAsync(In("rabbitmq"), Cancellation));

        ServerUnderTest[] servers = [postgres, redis, rabbit];
        await SecondRun.ReportAsync(servers.SelectMany(server => server.Running).SelectMany(process => ProcessTable.Tree(process.Id)));
        await Task.Delay(TimeSpan.FromMinutes(5), Cancellation);
    }
}
