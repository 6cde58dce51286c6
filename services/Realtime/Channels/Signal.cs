namespace Chat.Realtime.Channels;

/// <summary>Wakes a background job before its time. Requests made while one is pending are one.</summary>
internal abstract class Signal : IDisposable
{
    private readonly SemaphoreSlim _requested = new(0, 1);

    public void Request()
    {
        try
        {
            _requested.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is asked for already.
        }
    }

    /// <summary>Waits for a request, or for the time to pass.</summary>
    public Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken) => _requested.WaitAsync(limit, cancellationToken);

    public void Dispose() => _requested.Dispose();
}

/// <summary>Asks for the revisions of all subscribed channels to be compared now.</summary>
internal sealed class ReconcileSignal : Signal;

/// <summary>Asks for every session and subscription to be checked now: an event that ends one may have been lost.</summary>
internal sealed class AccessSignal : Signal;
