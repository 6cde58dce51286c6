using System.Collections.Concurrent;
using System.Globalization;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Tests.Processes;

/// <summary>An engine that is killed outright leaves nothing running.</summary>
public sealed class OrphanTests
{
    /// <summary>Promised are five seconds, of a machine that has nothing else to do; whatever is not found is there after ten minutes.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private const string Cleaned = "it's clean";

    /// <summary>A child, a grandchild, and one whose parent has ended; none of them listens to signals that can be ignored.</summary>
    private const string Script = "trap '' TERM HUP; echo $$; sleep 600 & echo $!; sh -c 'sleep 600 & echo $!; wait' & (sleep 600 >/dev/null 2>&1 & echo $!); wait; wait";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_remains_when_the_engine_is_killed()
    {
        var directory = Directory.CreateTempSubdirectory("chat-orphans-").FullName;
        using var engine = SecondRun.Start(typeof(OrphanTests), nameof(Engine), directory);
        try
        {
            var processes = await SecondRun.ReportedAsync(directory, engine, TimeSpan.FromMinutes(2));
            Assert.Equal(8, processes.Length);
            Assert.All(processes, process => Assert.NotNull(ProcessTable.StartOf(process)));

            engine.Kill();

            await Eventually.TrueAsync("all processes to be gone", Soon, () => processes.All(process => ProcessTable.StartOf(process) is null));
            await Eventually.TrueAsync("the cleanup command", Soon, () => File.Exists(Path.Combine(directory, Cleaned)));
        }
        finally
        {
            engine.Kill(entireProcessTree: true);
            Directory.Delete(directory, recursive: true);
        }
    }

    [SecondRun]
    public async Task Engine()
    {
        var directory = SecondRun.Directory;
        await using var spawner = new ProcessSpawner(Path.Combine(directory, "state"));
        var lines = new ConcurrentQueue<string>();
        for (var i = 0; i < 2; i++)
        {
            var spec = new ProcessSpec { Name = "stubborn", FileName = "sh", Arguments = ["-c", Script], Cleanup = i == 0 ? [] : ["touch", Path.Combine(directory, Cleaned)] };
            await spawner.StartAsync(spec, (line, _) => lines.Enqueue(line), Cancellation);
        }

        await Eventually.TrueAsync("eight processes", TimeSpan.FromMinutes(1), () => lines.Count == 8);
        File.Delete(Path.Combine(directory, Cleaned));
        await SecondRun.ReportAsync(lines.Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        await Task.Delay(TimeSpan.FromMinutes(5), Cancellation);
    }
}
