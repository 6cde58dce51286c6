using Chat.Realtime.Channels;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Realtime.Events;

/// <summary>Whether this replica's queue is connected. Whenever it is connected again, what it may have missed is asked for.</summary>
internal sealed class BusReturn(ReconcileSignal reconcile, AccessSignal access) : IReceiveEndpointObserver, IHealthCheck
{
    private TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _connected;

    /// <summary>A new connection is begun; the task ends when it is lost or fails.</summary>
    public Task Begin() => (_lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public Task Ready(ReceiveEndpointReady ready)
    {
        _connected = true;
        reconcile.Request();
        access.Request();
        return Task.CompletedTask;
    }

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        _connected = false;
        _lost.TrySetResult();
        return Task.CompletedTask;
    }

    public Task Completed(ReceiveEndpointCompleted completed)
    {
        _connected = false;
        _lost.TrySetResult();
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_connected ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The replica's queue is not connected."));
}
