using Chat.Realtime.Channels;

namespace Chat.Realtime.Sockets;

/// <summary>Enforces the time limits of all sockets, and closes them when the service stops.</summary>
internal sealed class SocketKeeper(
    OpenSockets sockets, EndedSessions ended, LostAccess lost, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Stopping begins before the server waits for its connections, and it would wait for sockets until its time is up.
        using var stopping = lifetime.ApplicationStopping.Register(sockets.Drain);
        using var timer = new PeriodicTimer(Interval, time);
        // Sockets that are being closed are still inspected, so that one which does not answer does not hold up the stop.
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var client in sockets.All)
                client.Inspect();
            ended.Forget();
            lost.Forget();
            if (stoppingToken.IsCancellationRequested && !sockets.All.Any())
                return;
        }
    }
}
