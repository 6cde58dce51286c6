using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Tests.Processes;

public sealed class ProcessSpawnerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _state = Directory.CreateTempSubdirectory("chat-spawner-").FullName;
    private readonly ConcurrentQueue<(string Text, bool IsError)> _lines = new();
    private ProcessSpawner _spawner = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _spawner = new ProcessSpawner(_state);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _spawner.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    [Fact]
    public async Task Lines_and_exit_code_are_reported()
    {
        var process = await StartAsync("echo one; echo two >&2; printf three; exit 7");

        Assert.Equal(7, await process.Exited.WaitAsync(Patience, Cancellation));
        Assert.Equal([("one", false), ("three", false)], _lines.Where(line => !line.IsError));
        Assert.Equal([("two", true)], _lines.Where(line => line.IsError));
        Assert.Empty(Directory.GetFiles(_state));
    }

    [Fact]
    public async Task A_missing_program_is_an_error_at_the_start()
    {
        var spec = new ProcessSpec { Name = "ghost", FileName = "no-such-program-anywhere" };

        await Assert.ThrowsAsync<FileNotFoundException>(() => _spawner.StartAsync(spec, Keep, Cancellation));
    }

    [Fact]
    public async Task A_line_without_end_is_cut_and_does_not_block_the_writer()
    {
        var process = await StartAsync("head -c 3000000 /dev/zero | tr '\\0' 'x'; echo; echo after");

        Assert.Equal(0, await process.Exited.WaitAsync(Patience, Cancellation));
        Assert.Equal([LineReader.MaxLineLength, "after".Length], _lines.Select(line => line.Text.Length));
    }

    [Fact]
    public async Task Standard_input_is_delivered_and_closed()
    {
        var process = await _spawner.StartAsync(Shell("cat") with { StandardInput = "geheim: ü\n" }, Keep, Cancellation);

        Assert.Equal(0, await process.Exited.WaitAsync(Patience, Cancellation));
        Assert.Equal(("geheim: ü", false), Assert.Single(_lines));
    }

    [Fact]
    public async Task Environment_and_directory_are_passed_on()
    {
        var spec = Shell("echo $COLOUR; pwd") with { Environment = new Dictionary<string, string> { ["COLOUR"] = "green" }, WorkingDirectory = "/usr" };

        await (await _spawner.StartAsync(spec, Keep, Cancellation)).Exited.WaitAsync(Patience, Cancellation);

        Assert.Equal(["green", "/usr"], _lines.Select(line => line.Text));
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(1, 2)]
    public async Task Stop_sends_the_chosen_signal_and_lets_the_process_finish(int signal, int number)
    {
        var spec = Shell($"trap 'echo leaving; exit 3' {number}; echo ready; while :; do sleep 0.05; done") with { StopSignal = (StopSignal)signal };
        var process = await _spawner.StartAsync(spec, Keep, Cancellation);
        await LineAsync("ready");

        await process.StopAsync(Cancellation).WaitAsync(Patience, Cancellation);

        Assert.Equal(3, await process.Exited);
        Assert.Contains(("leaving", false), _lines);
    }

    [Fact]
    public async Task A_process_that_ignores_the_signal_is_killed_with_its_children()
    {
        var spec = Shell("trap '' TERM; sleep 600 & echo child $!; setsid sleep 600 & echo child $!; wait; wait; wait") with { StopTimeout = TimeSpan.FromMilliseconds(300) };
        var process = await _spawner.StartAsync(spec, Keep, Cancellation);
        await Eventually.TrueAsync("two children", Patience, () => _lines.Count == 2);
        await Eventually.TrueAsync("the tree", Patience, () => ProcessTable.Tree(process.Id).Count == 3);

        await process.StopAsync(Cancellation).WaitAsync(Patience, Cancellation);

        Assert.Equal(137, await process.Exited);
        Assert.All(Children(), child => Assert.Null(ProcessTable.StartOf(child)));
    }

    [Fact]
    public async Task Children_of_a_process_that_crashed_are_gone_before_its_exit_is_reported()
    {
        var process = await StartAsync("sleep 600 & echo child $!; kill -9 $$");

        Assert.Equal(137, await process.Exited.WaitAsync(Patience, Cancellation));
        Assert.Null(ProcessTable.StartOf(Assert.Single(Children())));
    }

    [Fact]
    public async Task Cancelling_a_stop_kills_at_once()
    {
        var process = await _spawner.StartAsync(Shell("trap '' TERM; echo ready; while :; do sleep 1; done") with { StopTimeout = TimeSpan.FromHours(1) }, Keep, Cancellation);
        await LineAsync("ready");

        await process.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Patience, Cancellation);

        Assert.Equal(137, await process.Exited);
    }

    [Fact]
    public async Task Disposing_stops_everything()
    {
        var process = await StartAsync("sleep 600");

        await _spawner.DisposeAsync();

        Assert.True(process.Exited.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => StartAsync("true"));
    }

    [Fact]
    public async Task A_process_is_in_a_session_of_its_own()
    {
        var process = await StartAsync("cat /proc/$$/stat; sleep 600");
        await Eventually.TrueAsync("its status", Patience, () => !_lines.IsEmpty);

        var fields = _lines.First().Text.Split(' ');

        Assert.Equal(process.Id, int.Parse(fields[4], CultureInfo.InvariantCulture));
        Assert.Equal(process.Id, int.Parse(fields[5], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Cleanup_runs_before_the_start_and_after_the_end()
    {
        var log = Path.Combine(_state, "log");
        var spec = Shell($"echo run >> {log}") with { Cleanup = ["/bin/sh", "-c", $"echo 'it'\"'s clean\" >> {log}"] };

        await (await _spawner.StartAsync(spec, Keep, Cancellation)).Exited.WaitAsync(Patience, Cancellation);

        Assert.Equal(["it's clean", "run", "it's clean"], await File.ReadAllLinesAsync(log, Cancellation));
    }

    [Fact]
    public async Task A_pid_file_of_a_dead_engine_is_reaped()
    {
        using var stray = Process.Start("setsid", ["sleep", "600"]);
        WritePidFile(stray.Id, ProcessTable.StartOf(stray.Id)!, owner: int.MaxValue, "1");

        _spawner.ReapStale();

        await stray.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Empty(Directory.GetFiles(_state));
    }

    [Fact]
    public void A_number_that_now_belongs_to_another_process_is_left_alone()
    {
        using var bystander = Process.Start("setsid", ["sleep", "600"]);
        WritePidFile(bystander.Id, "12345", owner: int.MaxValue, "1");

        _spawner.ReapStale();

        Assert.False(bystander.HasExited);
        Assert.Empty(Directory.GetFiles(_state));
        bystander.Kill();
    }

    [Fact]
    public void What_a_living_engine_runs_is_left_alone()
    {
        using var other = Process.Start("setsid", ["sleep", "600"]);
        WritePidFile(other.Id, ProcessTable.StartOf(other.Id)!, Environment.ProcessId, ProcessTable.StartOf(Environment.ProcessId)!);

        _spawner.ReapStale();

        Assert.False(other.HasExited);
        Assert.Single(Directory.GetFiles(_state));
        other.Kill();
    }

    [Fact]
    public void A_damaged_pid_file_is_forgotten()
    {
        File.WriteAllText(Path.Combine(_state, "1.pid"), "1 garbage");

        _spawner.ReapStale();

        Assert.Empty(Directory.GetFiles(_state));
    }

    [Fact]
    public async Task Root_can_run_a_process_as_someone_else()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can change users");

        await (await _spawner.StartAsync(Shell("id -u; id -g") with { RunAs = "65534" }, Keep, Cancellation)).Exited.WaitAsync(Patience, Cancellation);

        Assert.Equal("65534", _lines.First().Text);
        Assert.NotEqual("0", _lines.Last().Text);
    }

    private static ProcessSpec Shell(string script) => new() { Name = "test", FileName = "sh", Arguments = ["-c", script] };

    private Task<RunningProcess> StartAsync(string script) => _spawner.StartAsync(Shell(script), Keep, Cancellation);

    private void Keep(string text, bool isError) => _lines.Enqueue((text, isError));

    private Task LineAsync(string text) => Eventually.TrueAsync($"the line '{text}'", Patience, () => _lines.Any(line => line.Text == text));

    private int[] Children() => [.. _lines.Where(line => line.Text.StartsWith("child ", StringComparison.Ordinal)).Select(line => int.Parse(line.Text[6..], CultureInfo.InvariantCulture))];

    private void WritePidFile(int id, string start, int owner, string ownerStart) =>
        File.WriteAllText(Path.Combine(_state, $"{id}.pid"), $"{id} {start} {owner} {ownerStart} {File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}");
}
