using System.Diagnostics;

namespace Chat.Hosting.Processes;

/// <summary>A process that was started, and everything it starts in turn.</summary>
internal sealed class RunningProcess
{
    private readonly Process _process;
    private readonly ProcessSpec _spec;
    private int _asked;

    internal RunningProcess(Process process, ProcessSpec spec, Action<string, bool> onLine, Func<RunningProcess, Task> onExit)
    {
        _process = process;
        _spec = spec;
        Id = process.Id;
        Exited = Task.Run(() => WatchAsync(onLine, onExit));
    }

    public int Id { get; }

    /// <summary>The exit code (128 + signal when killed), once the process and its descendants are gone and the output is read. Never faults.</summary>
    public Task<int> Exited { get; }

    /// <summary>Sends the stop signal, waits for the stop timeout, then kills the whole tree. Cancelling kills at once.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _asked, 1) == 0 && !Exited.IsCompleted && !_process.HasExited)
            ProcessTable.Signal(Id, _spec.StopSignal is StopSignal.Interrupt ? ProcessTable.Interrupt : ProcessTable.Terminate);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!OperatingSystem.IsWindows())
            patience.CancelAfter(_spec.StopTimeout);
        else
            await patience.CancelAsync();
        try
        {
            await Exited.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            await Exited;
        }
    }

    private async Task KillAsync()
    {
        if (Exited.IsCompleted || _process.HasExited)
            return;
        if (OperatingSystem.IsWindows())
            _process.Kill(entireProcessTree: true);
        else
            await ProcessTable.KillTreeAsync(Id);
    }

    private async Task<int> WatchAsync(Action<string, bool> onLine, Func<RunningProcess, Task> onExit)
    {
        using var reading = new CancellationTokenSource();
        var output = LineReader.ReadAsync(_process.StandardOutput.BaseStream, line => onLine(line, false), reading.Token);
        var errors = LineReader.ReadAsync(_process.StandardError.BaseStream, line => onLine(line, true), reading.Token);
        if (_spec.StandardInput is not null)
            await WriteInputAsync(_spec.StandardInput);

        await _process.WaitForExitAsync(CancellationToken.None);
        await ProcessTable.KillSessionAsync(Id);
        // A daemon that left the session may hold the output open for ever.
        reading.CancelAfter(TimeSpan.FromSeconds(2));
        await Task.WhenAll(output, errors);
        var code = _process.ExitCode;
        await onExit(this);
        _process.Dispose();
        return code;
    }

    private async Task WriteInputAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its exit code tells the story.
            return;
        }
    }
}
