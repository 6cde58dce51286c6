namespace Chat.Client;

/// <summary>Somebody waits for the answer to a subscribe.</summary>
internal sealed class PendingAnswer
{
    private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<long> Task => _done.Task;

    public void Succeed(long rev) => _done.TrySetResult(rev);

    public void Fail(Exception failure)
    {
        _done.TrySetException(failure);
        // Nobody may be waiting any more; the failure is then not news.
        _ = _done.Task.Exception;
    }
}
