namespace Chat.Identity.Mail;

/// <summary>Wakes this replica's dispatcher.</summary>
internal sealed class MailSignal : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    public void Set()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already: it reads everything there is.
        }
    }

    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellation) => _signal.WaitAsync(limit, cancellation);

    public void Dispose() => _signal.Dispose();
}
