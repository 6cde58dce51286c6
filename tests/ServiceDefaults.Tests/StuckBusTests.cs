using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Queues that are consumed no more.</summary>
public sealed class StuckBusTests(TestStores stores)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>More than declaring a queue takes, which is as silent; less than the pauses below.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(8);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G5_a_queue_of_which_nothing_is_heard_for_too_long_though_the_broker_answers_ends_the_process()
    {
        await using var gate = new DeclarationGate(new Uri(stores.RabbitMq));
        await using var service = await StartAsync(gate.Address);
        await HealthyAsync(service);
        var ending = Ending(service);

        // It waits for the rest of the declaration for ever, the first time or one of the next.
        gate.Break();

        await ending.WaitAsync(Limit, Cancellation);
        // What it says to whoever started it is not meant for the one who runs this test.
        Environment.ExitCode = 0;
    }

    [Fact]
    public async Task G5_a_broker_that_is_away_ends_nobody_however_long_it_is_silent()
    {
        await using var gate = Gate();
        await using var service = await StartAsync(new UriBuilder(stores.RabbitMq) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString());
        await HealthyAsync(service);
        var (ending, faults) = (Ending(service), Faults.Of(service));

        // The pauses in between grow to twelve seconds: too long if there were a broker.
        gate.Shut();
        await Eventually.HoldsAsync("four attempts in vain", Limit, () => Task.FromResult(faults.Count >= 4 || ending.IsCompleted));

        Assert.False(ending.IsCompleted);
    }

    private TcpGate Gate()
    {
        var broker = new Uri(stores.RabbitMq);
        return new TcpGate(broker.Host, broker.Port);
    }

    private async Task<SampleService> StartAsync(string rabbitMq) =>
        await SampleService.StartAsync(stores, await SampleService.CreateDatabaseAsync(stores), rabbitMq: rabbitMq, settings: new() { ["EventBus:StuckAfter"] = StuckAfter.ToString() });

    private static Task Ending(SampleService service)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        service.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);
        return ended.Task;
    }

    private static Task HealthyAsync(SampleService service) =>
        Eventually.HoldsAsync("a healthy bus", Limit, () => Task.FromResult(service.Services.GetRequiredService<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy));

    /// <summary>Counts how often the sample's own queue could not be reached.</summary>
    private sealed class Faults : IReceiveEndpointObserver
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public static Faults Of(SampleService service)
        {
            var faults = new Faults();
            service.Services.GetRequiredService<IBus>().ConnectReceiveEndpointObserver(faults);
            return faults;
        }

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            if (faulted.InputAddress.AbsolutePath.Contains("notes-", StringComparison.Ordinal))
                Interlocked.Increment(ref _count);
            return Task.CompletedTask;
        }

        public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
    }
}
