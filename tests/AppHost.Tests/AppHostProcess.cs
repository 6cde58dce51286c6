using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Chat.AppHost.Tests;

/// <summary>The built AppHost started as its own process, on a data directory of the test's.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _gateway = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AppHostProcess(Process process) => Process = process;

    public Process Process { get; }

    public Uri Gateway => _gateway.Task.IsCompletedSuccessfully ? _gateway.Task.Result : throw new InvalidOperationException("Not ready.");

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static AppHostProcess Launch(string dataDirectory, bool fixedPorts)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(typeof(Projects.Chat_AppHost).Assembly.Location);
        start.ArgumentList.Add($"DcpPublisher:RandomizePorts={!fixedPorts}");
        start.Environment["XDG_DATA_HOME"] = dataDirectory;

        // What `dotnet run` takes from launchSettings.json; elsewhere identity wants a mail server.
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        var host = new AppHostProcess(Process.Start(start) ?? throw new InvalidOperationException("The AppHost did not start."));
        host.Process.OutputDataReceived += (_, line) => host.Read(line.Data);
        host.Process.ErrorDataReceived += (_, line) => host.Read(line.Data);
        host.Process.BeginOutputReadLine();
        host.Process.BeginErrorReadLine();
        return host;
    }

    /// <summary>Starts it and waits for the line that says where the gateway is.</summary>
    public static async Task<AppHostProcess> StartAsync(string dataDirectory, TimeSpan limit)
    {
        var host = Launch(dataDirectory, fixedPorts: false);
        var first = await Task.WhenAny(host._gateway.Task, host.Process.WaitForExitAsync(), Task.Delay(limit));
        Assert.True(first == host._gateway.Task, $"the AppHost was not ready within {limit.TotalSeconds} s:\n{host.Output}");
        return host;
    }

    /// <summary>Sends SIGINT, as Ctrl+C does, and returns the exit code.</summary>
    public async Task<int> InterruptAsync(TimeSpan limit)
    {
        using var kill = Process.Start("sh", ["-c", "kill -INT \"$0\"", Process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await Process.WaitForExitAsync().WaitAsync(limit);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }

        Process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (Regex.Match(line, @"gateway\W+(http://localhost:\d+)") is { Success: true } match)
        {
            _gateway.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }
}
