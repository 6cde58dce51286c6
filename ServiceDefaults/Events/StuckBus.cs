using System.Collections.Concurrent;
using System.Net.Sockets;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// Ends the process when one of its queues is no longer consumed and nothing is done about it: what was lost is a connection in the middle of a declaration, for whose end MassTransit waits
/// for ever (docs/decisions/0017-a-stuck-bus-ends-the-process.md). A queue whose connection is tried again and fails says so each time and is left alone; so is everything while no broker answers.
/// </summary>
/// <remarks>Setting <c>EventBus:StuckAfter</c>: how long a queue is silent before, 90 seconds. MassTransit's own pause between attempts grows to 33 seconds.</remarks>
internal sealed class StuckBus(IBusControl bus, IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<StuckBus> logger)
    : BackgroundService, IReceiveEndpointObserver
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _stuckAfter = configuration.GetValue("EventBus:StuckAfter", TimeSpan.FromSeconds(90));
    private readonly Uri _address = new(configuration.GetConnectionString("rabbitmq") ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not configured."));

    /// <summary>Since when nothing was heard of a queue that is not consumed.</summary>
    private readonly ConcurrentDictionary<string, long> _silent = new(StringComparer.Ordinal);

    public Task Ready(ReceiveEndpointReady ready) => HeardOf(ready.InputAddress);

    public Task Faulted(ReceiveEndpointFaulted faulted) => HeardOf(faulted.InputAddress);

    public Task Completed(ReceiveEndpointCompleted completed) => HeardOf(completed.InputAddress);

    public Task Stopping(ReceiveEndpointStopping stopping) => HeardOf(stopping.InputAddress);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var observing = bus.ConnectReceiveEndpointObserver(this);
        using var timer = new PeriodicTimer(AskEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var waiting = bus.CheckHealth().Endpoints.Where(endpoint => endpoint.Value.Status != BusHealthStatus.Healthy).Select(endpoint => QueueOf(new Uri(endpoint.Key))).ToHashSet(StringComparer.Ordinal);
            foreach (var queue in _silent.Keys.Where(queue => !waiting.Contains(queue)))
            {
                _silent.TryRemove(queue, out _);
            }

            if (waiting.Count > 0 && !await AnswersAsync(stoppingToken))
            {
                // Whatever was waited for counts from the broker's return on.
                _silent.Clear();
                continue;
            }

            if (waiting.FirstOrDefault(queue => time.GetElapsedTime(_silent.GetOrAdd(queue, time.GetTimestamp())) >= _stuckAfter) is { } stuck)
            {
                logger.LogCritical("Nothing was heard of queue {Queue} for {Seconds} s, though the broker answers: the process ends, to be started anew", stuck, _stuckAfter.TotalSeconds);
                // Not a success: whoever starts it again looks at this.
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
        }
    }

    private static string QueueOf(Uri address) => address.AbsolutePath;

    private Task HeardOf(Uri address)
    {
        _silent.TryRemove(QueueOf(address), out _);
        return Task.CompletedTask;
    }

    /// <summary>Whether a broker greets who greets it.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerWithin);
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(_address.Host, _address.Port > 0 ? _address.Port : 5672, limit.Token);
            await probe.GetStream().WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), limit.Token);
            return await probe.GetStream().ReadAsync(new byte[1], limit.Token) == 1;
        }
        catch (Exception exception) when (exception is SocketException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
