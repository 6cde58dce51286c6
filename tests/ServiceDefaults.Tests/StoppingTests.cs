using Chat.Contracts;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Events that a service is at work on when it stops: of a kind that no other test here publishes.</summary>
public sealed class StoppingTests(TestStores stores)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What fails while a system is stopped: its stores go too, and parts of the service are gone before others.</summary>
    public static TheoryData<Exception> Failures => [new TimeoutException("A store is away."), new ObjectDisposedException("IServiceProvider")];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task G2_an_event_that_fails_while_the_service_stops_is_heard_by_the_next(Exception failure)
    {
        var queue = $"stopping-{Guid.NewGuid():n}";
        var work = new Work { Failure = failure };
        using var stopped = await StartAsync(queue, work);
        await PublishAsync(stopped);
        await work.Begun.Task.WaitAsync(Limit, Cancellation);

        var stopping = stopped.StopAsync(Cancellation);
        work.Go.SetResult();
        await stopping;
        Assert.Equal(0, work.Done);

        await ExpectHeardByTheNextAsync(queue);
    }

    [Fact]
    public async Task G2_an_event_that_is_tried_again_and_again_when_the_service_stops_is_heard_by_the_next()
    {
        var queue = $"stopping-{Guid.NewGuid():n}";
        var work = new Work { Failure = new TimeoutException("A store is away.") };
        work.Go.SetResult();
        using var stopped = await StartAsync(queue, work);
        await PublishAsync(stopped);
        await Eventually.HoldsAsync("a second attempt", Limit, () => Task.FromResult(work.Attempts > 1));

        await stopped.StopAsync(Cancellation);

        await ExpectHeardByTheNextAsync(queue);
    }

    [Fact]
    public async Task An_event_that_fails_by_a_defect_is_kept_apart_from_the_others()
    {
        var queue = $"stopping-{Guid.NewGuid():n}";
        var work = new Work { Failure = new FormatException("A defect.") };
        work.Go.SetResult();
        using var service = await StartAsync(queue, work);
        await PublishAsync(service);

        await Eventually.HoldsAsync("the event in the error queue", Limit, async () => await CountAsync($"{queue}_error") == 1);
        await service.StopAsync(Cancellation);
        Assert.Equal((1, 0L), (work.Attempts, await CountAsync(queue)));
    }

    private static Task PublishAsync(IHost service) => service.Services.GetRequiredService<IBus>().Publish(
        new CallStarted { Channel = Guid.CreateVersion7(), Call = Guid.CreateVersion7(), By = Guid.CreateVersion7(), At = DateTimeOffset.UtcNow }, Cancellation);

    private async Task ExpectHeardByTheNextAsync(string queue)
    {
        var work = new Work();
        work.Go.SetResult();
        using var next = await StartAsync(queue, work);
        await Eventually.HoldsAsync("the event", Limit, () => Task.FromResult(work.Done > 0));
        await next.StopAsync(Cancellation);
        Assert.Equal((0L, -1L, -1L), (await CountAsync(queue), await CountAsync($"{queue}_error"), await CountAsync($"{queue}_skipped")));
    }

    private async Task<IHost> StartAsync(string queue, Work work)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "Chat.Stopping" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = stores.RabbitMq });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(work);
        builder.AddEventBus(
            bus => bus.AddConsumer<Worker>().ExcludeFromConfigureEndpoints(),
            (context, rabbit) => rabbit.ReceiveEndpoint(queue, endpoint =>
            {
                endpoint.UseStoreRetry();
                endpoint.ConfigureConsumer<Worker>(context);
            }));
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        Assert.Equal(BusHealthStatus.Healthy, await host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, Limit));
        return host;
    }

    /// <summary>How many events are ready in a queue; -1 if there is none of this name.</summary>
    private async Task<long> CountAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(stores.RabbitMq) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        try
        {
            return await channel.MessageCountAsync(queue, Cancellation);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return -1;
        }
    }

    /// <summary>What a consumer does with an event.</summary>
    internal sealed class Work
    {
        private int _attempts;
        private int _done;

        public Exception? Failure { get; init; }

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Attempts => _attempts;

        public int Done => _done;

        public async Task DoAsync()
        {
            Interlocked.Increment(ref _attempts);
            Begun.TrySetResult();
            await Go.Task;
            if (Failure is not null)
            {
                throw Failure;
            }

            Interlocked.Increment(ref _done);
        }
    }

    internal sealed class Worker(Work work) : IConsumer<CallStarted>
    {
        public Task Consume(ConsumeContext<CallStarted> context) => work.DoAsync();
    }
}
