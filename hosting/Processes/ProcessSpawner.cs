using System.Diagnostics;

namespace Chat.Hosting.Processes;

/// <summary>
/// Starts processes that cannot outlive it: when this process ends, in whatever way, so do they and what they started.
/// Disposing stops what still runs, last started first.
/// </summary>
/// <param name="stateDirectory">Holds the pid files by which <see cref="ReapStale"/> finds what an earlier engine left behind. Null: none are written.</param>
internal sealed class ProcessSpawner(string? stateDirectory) : IAsyncDisposable
{
    private static readonly TimeSpan CleanupTimeout = TimeSpan.FromSeconds(15);

    private readonly PidFiles? _pidFiles = stateDirectory is null ? null : new PidFiles(stateDirectory);
    private readonly SpawnThread _thread = new();
    private readonly Watchdog _watchdog = new();
    private readonly Lock _lock = new();
    private readonly List<RunningProcess> _running = [];
    private bool _disposed;

    /// <summary>Kills what an engine that no longer lives left running. Call it before the first start.</summary>
    public void ReapStale() => _pidFiles?.Reap();

    /// <summary>Starts a process in a session of its own, so that a terminal's Ctrl+C does not reach it.</summary>
    /// <param name="onLine">Each line of output without its end, cut at 64 KiB; true for standard error. Called on two threads; must return at once and not throw.</param>
    /// <exception cref="FileNotFoundException">The program is not there.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be run.</exception>
    public async Task<RunningProcess> StartAsync(ProcessSpec spec, Action<string, bool> onLine, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await CleanUpAsync(spec);
        cancellationToken.ThrowIfCancellationRequested();
        return await _thread.RunAsync(() =>
        {
            var process = Process.Start(Launch.Describe(spec)) ?? throw new InvalidOperationException($"{spec.Name} was not started.");
            _watchdog.Add(process.Id, spec.Cleanup);
            _pidFiles?.Add(process.Id);
            lock (_lock)
            {
                var running = new RunningProcess(process, spec, onLine, exited => ForgetAsync(exited, spec));
                _running.Add(running);
                return running;
            }
        });
    }

    /// <summary>Runs a command to its end and returns what it wrote (its last 5,000 lines). Kills it at the timeout.</summary>
    /// <exception cref="FileNotFoundException">The program is not there.</exception>
    public async Task<CommandResult> RunAsync(ProcessSpec spec, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var result = new CommandResult();
        var process = await StartAsync(spec, result.Add, cancellationToken);
        try
        {
            result.ExitCode = await process.Exited.WaitAsync(timeout, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await process.StopAsync(new CancellationToken(canceled: true));
            cancellationToken.ThrowIfCancellationRequested();
            result.Add($"no answer within {timeout.TotalSeconds} s", true);
        }

        return result;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        while (Last() is { } process)
            await process.StopAsync(CancellationToken.None);
        await _thread.RunAsync(() =>
        {
            _watchdog.Dispose();
            return true;
        });
        _thread.Dispose();
    }

    private RunningProcess? Last()
    {
        lock (_lock)
            return _running.LastOrDefault();
    }

    private async Task ForgetAsync(RunningProcess process, ProcessSpec spec)
    {
        await _thread.RunAsync(() =>
        {
            _watchdog.Drop(process.Id);
            return true;
        });
        await CleanUpAsync(spec);
        _pidFiles?.Remove(process.Id);
        lock (_lock)
            _running.Remove(process);
    }

    private async Task CleanUpAsync(ProcessSpec spec)
    {
        if (spec.Cleanup.Count == 0)
            return;
        var info = Launch.Describe(new ProcessSpec { Name = spec.Name, FileName = spec.Cleanup[0], Arguments = [.. spec.Cleanup.Skip(1)], Environment = spec.Environment });
        using var process = await _thread.RunAsync(() => Process.Start(info));
        if (process is null)
            return;
        using var patience = new CancellationTokenSource(CleanupTimeout);
        try
        {
            await Task.WhenAll(
                LineReader.ReadAsync(process.StandardOutput.BaseStream, static _ => { }, patience.Token),
                LineReader.ReadAsync(process.StandardError.BaseStream, static _ => { }, patience.Token),
                process.WaitForExitAsync(patience.Token));
        }
        catch (OperationCanceledException)
        {
            await ProcessTable.KillTreeAsync(process.Id);
        }
    }
}
