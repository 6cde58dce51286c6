using System.Collections.Concurrent;

namespace Chat.Hosting.Processes;

/// <summary>
/// The one thread that starts processes. The kernel sends a child's parent-death signal when the thread that started it ends, so this
/// thread must live for as long as the spawner; a pool thread would not do.
/// </summary>
internal sealed class SpawnThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = new(boundedCapacity: 256);
    private readonly Thread _thread;

    public SpawnThread()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
                action();
            _work.Dispose();
        })
        { IsBackground = true, Name = "process spawner" };
        _thread.Start();
    }

    public Task<T> RunAsync<T>(Func<T> function)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _work.Add(() =>
            {
                try
                {
                    completion.SetResult(function());
                }
                catch (Exception exception)
                {
                    completion.SetException(exception);
                }
            });
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            completion.SetException(new ObjectDisposedException(nameof(ProcessSpawner)));
        }

        return completion.Task;
    }

    public void Dispose() => _work.CompleteAdding();
}
