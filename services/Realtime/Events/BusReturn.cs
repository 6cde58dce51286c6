using Chat.Realtime.Channels;
using MassTransit;

namespace Chat.Realtime.Events;

/// <summary>Whenever the queue is connected again: what it may have missed is asked for.</summary>
internal sealed class BusReturn(ReconcileSignal reconcile, AccessSignal access) : IReceiveEndpointObserver
{
    public Task Ready(ReceiveEndpointReady ready)
    {
        reconcile.Request();
        access.Request();
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}
