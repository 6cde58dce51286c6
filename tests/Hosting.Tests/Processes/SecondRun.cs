using System.Diagnostics;
using System.Globalization;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace Chat.Hosting.Tests.Processes;

/// <summary>This test program once more, as a process of its own that runs one <see cref="SecondRunAttribute"/> method: something to kill, or to run as another user.</summary>
internal static class SecondRun
{
    private const string Variable = "CHAT_TEST_SECOND_RUN";

    /// <summary>Whether this is the second process.</summary>
    public static bool IsActive => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>The directory that the first run gave to the second one.</summary>
    public static string Directory => Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException("This is not the second run.");

    /// <param name="user">A uid to run as, given as root.</param>
    public static Process Start(Type test, string method, string directory, int? user = null)
    {
        var program = Path.ChangeExtension(test.Assembly.Location, null);
        var info = new ProcessStartInfo(user is null ? program : "setpriv") { RedirectStandardOutput = true, RedirectStandardError = true };
        if (user is { } uid)
        {
            // The build output may be in a directory that only root may enter.
            var copy = System.IO.Directory.CreateDirectory(Path.Combine(directory, "bin")).FullName;
            foreach (var file in System.IO.Directory.GetFiles(AppContext.BaseDirectory))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            var id = uid.ToString(CultureInfo.InvariantCulture);
            string[] arguments = ["--reuid", id, "--regid", id, "--clear-groups", Path.Combine(copy, Path.GetFileName(program))];
            foreach (var argument in arguments)
                info.ArgumentList.Add(argument);
            info.WorkingDirectory = directory;
        }

        string[] filter = ["--no-progress", "--filter-method", $"{test.FullName}.{method}", "--results-directory", Path.Combine(directory, "results")];
        foreach (var argument in filter)
            info.ArgumentList.Add(argument);
        info.Environment[Variable] = directory;
        info.Environment["HOME"] = directory;
        info.Environment["XDG_CACHE_HOME"] = Path.Combine(directory, "cache");
        info.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Process.Start(info) ?? throw new InvalidOperationException("The second run was not started.");
    }

    /// <summary>Waits for the test to end and fails with its output unless it passed.</summary>
    public static async Task PassesAsync(Process run, TimeSpan timeout)
    {
        var output = run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(timeout, TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, await output + await errors);
    }

    /// <summary>Called in the second run: tells the first one which processes run.</summary>
    public static async Task ReportAsync(IEnumerable<int> processes)
    {
        await File.WriteAllLinesAsync(Path.Combine(Directory, "new"), processes.Select(id => id.ToString(CultureInfo.InvariantCulture)), TestContext.Current.CancellationToken);
        File.Move(Path.Combine(Directory, "new"), Path.Combine(Directory, "ready"));
    }

    /// <summary>The processes that the second run reported.</summary>
    public static async Task<int[]> ReportedAsync(string directory, Process run, TimeSpan timeout)
    {
        var ready = Path.Combine(directory, "ready");
        await Eventually.TrueAsync("the second run to report", timeout, () =>
        {
            Assert.False(run.HasExited, run.HasExited ? run.StandardOutput.ReadToEnd() : "");
            return File.Exists(ready);
        });
        return [.. (await File.ReadAllLinesAsync(ready, TestContext.Current.CancellationToken)).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }
}
