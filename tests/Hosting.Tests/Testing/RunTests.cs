using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Chat.Hosting.Orchestration;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;
using Projects;

namespace Chat.Hosting.Tests.Testing;

/// <summary>The sample AppHost as a process of its own, as a person starts it.</summary>
public sealed class RunTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("chat-run-").FullName;
    private readonly List<Process> _started = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task It_prints_the_address_and_stops_on_Ctrl_C_leaving_nothing_behind()
    {
        var port = FreePort.Next();
        var lines = new Lines();
        var app = Start(lines, $"--echo-port={port}");
        await Poll.UntilAsync("the prompt", () => lines.Contains("Press Ctrl+C to stop"));
        Assert.True(lines.Contains($"http://localhost:{port}"));
        var service = await ServiceAsync(port);
        var token = await TokenAsync(port);
        Signal(app, "INT");
        await app.WaitForExitAsync(Poll.Limit());
        Assert.Equal(0, app.ExitCode);
        Assert.False(IsAlive(service));

        var second = Start(new Lines(), $"--echo-port={port}");
        await Poll.UntilAsync("the service answers", () => AnswersAsync(port));
        Assert.Equal(token, await TokenAsync(port));
        Signal(second, "TERM");
        await second.WaitForExitAsync(Poll.Limit());
    }

    [Fact]
    public async Task Killed_itself_it_leaves_no_process()
    {
        var port = FreePort.Next();
        var app = Start(new Lines(), $"--echo-port={port}");
        await Poll.UntilAsync("the service answers", () => AnswersAsync(port));
        var service = await ServiceAsync(port);
        app.Kill(entireProcessTree: false);
        await Poll.UntilAsync("the service ends", () => !IsAlive(service));
    }

    [Fact]
    public async Task A_second_one_of_the_same_checkout_is_refused()
    {
        var port = FreePort.Next();
        Start(new Lines(), $"--echo-port={port}");
        await Poll.UntilAsync("the service answers", () => AnswersAsync(port));
        var lines = new Lines();
        var second = Start(lines, $"--echo-port={FreePort.Next()}");
        await second.WaitForExitAsync(Poll.Limit());
        Assert.Equal(1, second.ExitCode);
        await Poll.UntilAsync("the reason", () => lines.Contains("is running already"));
    }

    [Fact]
    public async Task A_taken_port_is_named_and_the_exit_code_is_a_failure()
    {
        using var other = new TcpListener(IPAddress.Loopback, FreePort.Next());
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var lines = new Lines();
        var app = Start(lines, $"--echo-port={port}");
        await app.WaitForExitAsync(Poll.Limit());
        Assert.Equal(1, app.ExitCode);
        await Poll.UntilAsync("the reason", () => lines.Contains($"Port {port}, which resource 'echo' needs"));
    }

    [Fact]
    public async Task Publishing_is_refused_with_its_own_exit_code()
    {
        var lines = new Lines();
        var app = Start(lines, "--publisher", "manifest", "--output-path", Path.Combine(_data, "manifest.json"));
        await app.WaitForExitAsync(Poll.Limit());
        Assert.Equal(2, app.ExitCode);
        await Poll.UntilAsync("the reason", () => lines.Contains("UseAspire=true"));
    }

    private Process Start(Lines lines, params string[] arguments)
    {
        var start = new ProcessStartInfo(ProjectOutputs.Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(Chat_HostingSample_AppHost).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["XDG_DATA_HOME"] = _data;
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        var process = Process.Start(start) ?? throw new InvalidOperationException("The AppHost was not started.");
        _started.Add(process);
        process.OutputDataReceived += (_, line) => lines.Add(line.Data);
        process.ErrorDataReceived += (_, line) => lines.Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("sh", ["-c", "kill -\"$0\" \"$1\"", signal, $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            return await GetAsync(port, "/health") == "ok";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<int> ServiceAsync(int port) => int.Parse(await GetAsync(port, "/process"), System.Globalization.CultureInfo.InvariantCulture);

    private static Task<string> TokenAsync(int port) => GetAsync(port, "/environment/TOKEN");

    private static async Task<string> GetAsync(int port, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://localhost:{port}{path}", Cancel);
    }

    private static bool IsAlive(int process) => ProcessTable.StartOf(process) is not null;

    private sealed class Lines
    {
        private readonly List<string> _lines = [];

        public void Add(string? line)
        {
            lock (_lines)
                _lines.Add(line ?? "");
        }

        public bool Contains(string text)
        {
            lock (_lines)
                return _lines.Any(l => l.Contains(text, StringComparison.Ordinal));
        }
    }
}
