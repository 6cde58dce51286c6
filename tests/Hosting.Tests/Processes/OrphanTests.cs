using System.Diagnostics;
using System.Globalization;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Tests.Processes;

/// <summary>An engine that is killed outright leaves nothing running. The engine is a second run of this test program.</summary>
public sealed class OrphanTests
{
    private const string DirectoryVariable = "CHAT_TEST_ORPHANS";

    /// <summary>Children, a grandchild in the same session, and one that detached itself as far as a script can.</summary>
    private const string Script = "trap '' TERM HUP; echo $$; sleep 600 & echo $!; sh -c 'sleep 600 & echo $!; wait' & (trap '' HUP; sleep 600 >/dev/null 2>&1 & echo $!) ; wait; wait; wait";

    [Fact]
    public async Task Nothing_remains_when_the_engine_is_killed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var directory = Directory.CreateTempSubdirectory("chat-orphans-").FullName;
        var info = new ProcessStartInfo(Path.ChangeExtension(typeof(OrphanTests).Assembly.Location, null), ["--explicit", "only", "--filter-method", $"{typeof(OrphanTests).FullName}.{nameof(Engine)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment[DirectoryVariable] = directory;
        using var engine = Process.Start(info)!;
        try
        {
            var ready = Path.Combine(directory, "ready");
            await Eventually.TrueAsync("the engine", TimeSpan.FromSeconds(30), () => File.Exists(ready));
            int[] processes = [.. (await File.ReadAllLinesAsync(ready, cancellation)).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
            Assert.Equal(8, processes.Length);
            Assert.All(processes, process => Assert.NotNull(ProcessTable.StartOf(process)));

            engine.Kill();

            await Eventually.TrueAsync("all processes to be gone", TimeSpan.FromSeconds(5), () => processes.All(process => ProcessTable.StartOf(process) is null));
            await Eventually.TrueAsync("the cleanup command", TimeSpan.FromSeconds(5), () => File.Exists(Path.Combine(directory, "it's clean")));
        }
        finally
        {
            engine.Kill(entireProcessTree: true);
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact(Explicit = true)]
    public async Task Engine()
    {
        var directory = Environment.GetEnvironmentVariable(DirectoryVariable);
        Assert.SkipWhen(directory is null, "started by the other test only");
        await using var spawner = new ProcessSpawner(Path.Combine(directory, "state"));
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        for (var i = 0; i < 2; i++)
        {
            var spec = new ProcessSpec { Name = "stubborn", FileName = "sh", Arguments = ["-c", Script], Cleanup = i == 0 ? [] : ["touch", Path.Combine(directory, "it's clean")] };
            await spawner.StartAsync(spec, (line, _) => lines.Enqueue(line), TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync("eight processes", TimeSpan.FromSeconds(10), () => lines.Count == 8);
        File.Delete(Path.Combine(directory, "it's clean"));
        await File.WriteAllLinesAsync(Path.Combine(directory, "ready.new"), lines, TestContext.Current.CancellationToken);
        File.Move(Path.Combine(directory, "ready.new"), Path.Combine(directory, "ready"));
        await Task.Delay(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }
}
