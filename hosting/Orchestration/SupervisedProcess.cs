using System.ComponentModel;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Orchestration;

/// <summary>What becomes of a supervised process.</summary>
/// <param name="ExitCode">Null while it runs.</param>
/// <param name="WillRestart">It ended and will be started again.</param>
/// <param name="ProcessId">Its process while it runs.</param>
internal readonly record struct ProcessChange(int? ExitCode, bool WillRestart, int? ProcessId = null);

/// <summary>One process that is started again when it crashes: at once, then after 1, 2, 4 … 30 s; after a minute of running, at once again.</summary>
internal sealed class SupervisedProcess(ProcessSpawner spawner, ProcessSpec spec, Func<int, bool> restartsAfter, ResourceConsole console, Action<string, bool> onLine, Action<ProcessChange> changed) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopping = new();
    private Task _supervision = Task.CompletedTask;
    private RunningProcess? _running;

    /// <summary>How long to wait before a restart, by how many crashes came before it in a row.</summary>
    public static TimeSpan Backoff(int crashes) => crashes == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, crashes - 1)));

    /// <exception cref="Win32Exception">The program cannot be found or run.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = await SpawnAsync(cancellationToken).ConfigureAwait(false);
        _supervision = SuperviseAsync(started);
    }

    /// <summary>Ends the process, kindly at first; at once when cancelled. It is not started again.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_running is { } running)
            await running.StopAsync(cancellationToken).ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task<RunningProcess> SpawnAsync(CancellationToken cancellationToken)
    {
        _running = await spawner.StartAsync(spec, onLine, cancellationToken).ConfigureAwait(false);
        changed(new ProcessChange(null, false, _running.Id));
        return _running;
    }

    private async Task SuperviseAsync(RunningProcess process)
    {
        for (var crashes = 0; ; crashes++)
        {
            var began = TimeProvider.System.GetTimestamp();
            var code = await process.Exited.ConfigureAwait(false);
            if (_stopping.IsCancellationRequested || !restartsAfter(code))
            {
                changed(new ProcessChange(code, false));
                return;
            }
            if (TimeProvider.System.GetElapsedTime(began) >= Settled)
                crashes = 0;
            var again = await RestartAsync(code, crashes).ConfigureAwait(false);
            if (again is null)
                return;
            process = again;
        }
    }

    private async Task<RunningProcess?> RestartAsync(int code, int crashes)
    {
        for (; ; crashes++)
        {
            var wait = Backoff(crashes);
            console.Say($"{spec.Name} ended with exit code {code}; starting it again {(wait == TimeSpan.Zero ? "now" : $"in {wait.TotalSeconds:0} s")}", isError: true);
            changed(new ProcessChange(code, true));
            try
            {
                await Task.Delay(wait, _stopping.Token).ConfigureAwait(false);
                var process = await SpawnAsync(_stopping.Token).ConfigureAwait(false);
                // Stopped while it was being started: the stop has not seen this process.
                if (_stopping.IsCancellationRequested)
                    await process.StopAsync(CancellationToken.None).ConfigureAwait(false);
                return process;
            }
            catch (OperationCanceledException)
            {
                changed(new ProcessChange(code, false));
                return null;
            }
            catch (Exception exception) when (exception is Win32Exception or IOException)
            {
                console.Say($"{spec.Name} cannot be started: {exception.Message}", isError: true);
            }
        }
    }
}
