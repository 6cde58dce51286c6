using MassTransit;
using Microsoft.Extensions.Hosting;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// What a service that stops has not finished goes back to the queue, for another replica or the next start. MassTransit ends its retries when it stops and takes their last failure for a
/// defect's: without this the event would lie in the queue's <c>_error</c> or <c>_skipped</c> companion, where nobody consumes it.
/// </summary>
internal sealed class UnfinishedFilter(IHostApplicationLifetime lifetime) : IFilter<ConsumeContext>
{
    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    /// <inheritdoc/>
    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception exception) when (_stopping.IsCancellationRequested && exception is not OperationCanceledException)
        {
            // The only kind of exception that the transport answers by giving the event back.
            throw new OperationCanceledException("The service stops; the event goes back to its queue.", exception, _stopping);
        }

        // A retry that is ended between two attempts ends without a failure.
        if (_stopping.IsCancellationRequested && context.ReceiveContext is { IsDelivered: false })
        {
            throw new OperationCanceledException("The service stops; the event goes back to its queue.", _stopping);
        }
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("unfinished");
}
