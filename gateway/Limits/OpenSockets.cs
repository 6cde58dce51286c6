using System.Collections.Concurrent;
using Chat.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Chat.Gateway.Limits;

/// <summary>The WebSockets open through this gateway: bounded in number, and let go of when it stops.</summary>
internal sealed class OpenSockets(IOptions<GatewayOptions> options, IHostApplicationLifetime lifetime, TimeProvider time) : IMiddleware, IHostedService
{
    /// <summary>When stopping, sockets are closed over this time, so that their clients do not all come back in one instant.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<HttpContext, bool> _open = new();
    private int _count;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.AsksForUpgrade())
        {
            await next(context);
            return;
        }

        if (Interlocked.Increment(ref _count) > options.Value.MaxSockets || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Interlocked.Decrement(ref _count);
            await Problems.Unavailable("too_many_sockets", "This gateway takes no further sockets for the moment.", TimeSpan.FromSeconds(5)).ExecuteAsync(context);
            return;
        }

        _open[context] = true;
        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(context, out _);
            Interlocked.Decrement(ref _count);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Stopping begins before the server waits for its connections, and it would wait for sockets until its time is up.
        lifetime.ApplicationStopping.Register(() => _ = CloseAllAsync());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CloseAllAsync()
    {
        const int Steps = 20;
        var open = _open.Keys.ToArray();
        foreach (var group in open.Chunk(Math.Max(1, (open.Length + Steps - 1) / Steps)))
        {
            foreach (var context in group.Where(_open.ContainsKey))
            {
                context.Abort();
            }

            await Task.Delay(Drain / Steps, time);
        }
    }
}
