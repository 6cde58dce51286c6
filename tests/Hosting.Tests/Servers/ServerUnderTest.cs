using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Tests.Servers;

/// <summary>A prepared server and the processes that run it, as the orchestrator would run them.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    public const string Password = "s3cret#\"quote' ü";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ProcessSpawner _spawner = new(null);
    private readonly List<RunningProcess> _running = [];
    private readonly ConcurrentQueue<string> _log = new();

    private ServerUnderTest(LocalServer server) => Server = server;

    public LocalServer Server { get; }

    public RunningProcess Main => _running[^1];

    public IReadOnlyList<RunningProcess> Running => _running;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A request on a free port with a new data directory.</summary>
    public static ServerRequest Request(string name, bool persistent = false) =>
        new(name, Path.Combine("/tmp", $"chat-test-{Guid.NewGuid():N}"), persistent, FreePort.Next(), "chat", Password, new Progress<string>(TestContext.Current.SendDiagnosticMessage));

    public static async Task<ServerUnderTest> StartAsync(LocalServer server)
    {
        var running = new ServerUnderTest(server);
        try
        {
            await running.RestartAsync();
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }

        return running;
    }

    /// <summary>Starts whatever does not run.</summary>
    public async Task RestartAsync()
    {
        for (var i = 0; i < Server.Processes.Count; i++)
        {
            if (i < _running.Count && !_running[i].Exited.IsCompleted)
                continue;
            var process = await _spawner.StartAsync(Server.Processes[i], (line, _) => _log.Enqueue(line), Cancellation);
            if (i < _running.Count)
                _running[i] = process;
            else
                _running.Add(process);
        }

        await ReadyAsync();
    }

    public async Task ReadyAsync()
    {
        var elapsed = Stopwatch.StartNew();
        while (!await Server.IsReadyAsync(Cancellation))
        {
            if (Main.Exited.IsCompleted || elapsed.Elapsed > Patience)
                Assert.Fail($"{Server.Origin} was not ready after {elapsed.Elapsed.TotalSeconds:0} s:\n{string.Join('\n', _log.TakeLast(30))}");
            await Task.Delay(20, Cancellation);
        }
    }

    /// <summary>kill -9 of one process, and nothing else.</summary>
    public async Task KillAsync(RunningProcess process)
    {
        ProcessTable.Signal(process.Id, ProcessTable.Kill);
        await process.Exited.WaitAsync(Patience, Cancellation);
    }

    public async Task StopAsync()
    {
        foreach (var process in Enumerable.Reverse(_running))
            await process.StopAsync(Cancellation);
    }

    /// <summary>Command lines of all processes of the server, as anyone on the machine sees them.</summary>
    public string CommandLines() => string.Join('\n', _running.SelectMany(process => ProcessTable.Tree(process.Id)).Select(ReadCommandLine));

    public async ValueTask DisposeAsync()
    {
        await _spawner.DisposeAsync();
        Server.ThrowAway?.Dispose();
        if (Directory.Exists(Server.DataDirectory))
            Directory.Delete(Server.DataDirectory, recursive: true);
    }

    private static string ReadCommandLine(int id)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cmdline"));
        }
        catch (IOException)
        {
            // It ended between being listed and being read.
            return "";
        }
    }
}
