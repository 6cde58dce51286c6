using System.Diagnostics;
using Npgsql;

namespace Chat.AppHost.Tests;

/// <summary>kill -9 of each part: nothing acknowledged is lost or doubled, and the system heals by itself.</summary>
[Collection(SystemCollection.Name)]
public sealed class CrashTests(RunningSystem system)
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromMinutes(2);

    /// <summary>What is promised, and as much again for what else this machine has to do. MassTransit's own way back would take longer after most kills.</summary>
    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G1_a_message_that_was_answered_survives_the_kill_of_PostgreSQL_right_after()
    {
        using var ann = await system.SignUpAsync("ann");
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);

        var sent = await ann.SendAsync(channel, "survives", cancel: Cancellation);
        await WaitForRestartAsync("postgres", await KillAsync("postgres"));

        var history = await ann.HistoryAsync(channel, cancel: Cancellation);
        Assert.Equal(sent.Id, Assert.Single(history.Items).Id);
        // Not of the pool, whose connections ended with the process.
        await using var connection = new NpgsqlConnection(await system.App.GetConnectionStringAsync("messagingdb", Cancellation) + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("show fsync", connection);
        Assert.Equal("on", await command.ExecuteScalarAsync(Cancellation));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("servers")]
    [InlineData("messaging")]
    [InlineData("presence")]
    [InlineData("realtime")]
    [InlineData("gateway")]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    public async Task G5_after_kill_9_of_one_part_the_next_message_arrives_and_none_is_lost(string resource)
    {
        using var ann = await system.SignUpAsync("ann");
        using var ben = await system.SignUpAsync("ben");
        var (server, channel) = await RunningSystem.CreateServerAsync(ann);
        await RunningSystem.JoinAsync(ann, server, ben);
        await using var reading = await SocketReading.StartAsync(ben, channel, after: 0);
        await ann.SendAsync(channel, "before", cancel: Cancellation);
        await reading.WaitForAsync("before", DeliveryLimit);

        var clock = Stopwatch.StartNew();
        var killed = await KillAsync(resource);
        await WaitForRestartAsync(resource, killed);
        var healthy = clock.Elapsed;
        await ann.SendAsync(channel, "after", cancel: Cancellation);
        await reading.WaitForAsync("after", DeliveryLimit);
        var delivered = clock.Elapsed;

        Assert.Equal(["before", "after"], reading.Contents());
        reading.AssertNoViolation();
        TestContext.Current.SendDiagnosticMessage("{0}: healthy again {1:0.00} s after the kill, next message delivered {2:0.00} s after that", resource, healthy.TotalSeconds, (delivered - healthy).TotalSeconds);
    }

    [Fact]
    public async Task G5_messages_sent_while_the_broker_is_down_all_arrive_in_order_once_it_is_back()
    {
        using var ann = await system.SignUpAsync("ann");
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);
        await using var reading = await SocketReading.StartAsync(ann, channel, after: 0);

        var killed = await KillAsync("rabbitmq");
        for (var index = 0; index < 200; index++)
        {
            await ann.SendAsync(channel, $"m{index}", cancel: Cancellation);
        }

        await WaitForRestartAsync("rabbitmq", killed);
        await reading.WaitAsync(() => reading.Events().Count >= 200, "200 events", DeliveryLimit);
        Assert.Equal(Enumerable.Range(0, 200).Select(index => $"m{index}"), reading.Contents());
        reading.AssertNoViolation();
    }

    [Theory]
    [InlineData("messaging")]
    [InlineData("postgres")]
    [InlineData("redis")]
    [InlineData("gateway")]
    public async Task G5_senders_that_retry_through_a_kill_lose_and_double_nothing(string resource)
    {
        const int senders = 4;
        const int each = 150;
        using var owner = await system.SignUpAsync("owner", new ChatClientOptions { RetryFor = HealLimit });
        var (_, channel) = await RunningSystem.CreateServerAsync(owner);
        await using var reading = await SocketReading.StartAsync(owner, channel, after: 0);

        var sending = Task.WhenAll(Enumerable.Range(0, senders).Select(async sender =>
        {
            for (var index = 0; index < each; index++)
            {
                await owner.SendAsync(channel, $"{sender}:{index}", cancel: Cancellation);
            }
        }));
        await reading.WaitAsync(() => reading.Events().Count >= senders * each / 4, "a quarter of the messages", HealLimit);
        await KillAsync(resource);
        await sending;
        await reading.WaitAsync(() => reading.Events().Count >= senders * each, "all messages", HealLimit);

        Assert.Equal(Enumerable.Range(1, senders * each).Select(rev => (long)rev), reading.Events().Select(e => e.Rev));
        for (var sender = 0; sender < senders; sender++)
        {
            Assert.Equal(
                Enumerable.Range(0, each).Select(index => $"{sender}:{index}"),
                reading.Contents().Where(content => content.StartsWith($"{sender}:", StringComparison.Ordinal)));
        }

        reading.AssertNoViolation();
    }

    private async Task<IReadOnlyList<(string Id, int Process)>> KillAsync(string resource)
    {
        var processes = await system.ProcessesAsync(resource);
        Assert.NotEmpty(processes);
        foreach (var (_, id) in processes)
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        return processes;
    }

    /// <summary>Waits until every killed instance runs under another process id and is healthy.</summary>
    private async Task WaitForRestartAsync(string resource, IReadOnlyList<(string Id, int Process)> killed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(HealLimit);
        foreach (var (id, process) in killed)
        {
            await system.App.ResourceNotifications.WaitForResourceAsync(
                resource,
                change => change.ResourceId == id && RunningSystem.ProcessOf(change.Snapshot) is { } now && now != process
                    && change.Snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy,
                limit.Token);
        }
    }
}
