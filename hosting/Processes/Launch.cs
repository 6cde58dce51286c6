using System.Diagnostics;
using System.Text;

namespace Chat.Hosting.Processes;

/// <summary>Turns a spec into a command line that gives the process a session of its own, a parent-death signal and, for root, another user.</summary>
internal static class Launch
{
    private static readonly string? SetSid = Find("setsid", null);
    private static readonly Lazy<string?> SetPriv = new(FindSetPriv);

    /// <exception cref="FileNotFoundException">The program is not there.</exception>
    public static ProcessStartInfo Describe(ProcessSpec spec)
    {
        var program = Find(spec.FileName, spec.Environment.GetValueOrDefault("PATH"))
            ?? throw new FileNotFoundException($"{spec.Name}: the program {spec.FileName} was not found.", spec.FileName);
        var command = new List<string>();
        if (SetPriv.Value is { } setpriv)
            command.AddRange([setpriv, "--pdeathsig", "KILL", .. spec.RunAs is { } user ? Account.Find(user).SetPrivArguments : []]);
        else if (spec.RunAs is not null)
            throw new PlatformNotSupportedException($"{spec.Name}: running it as the user {spec.RunAs} needs setpriv (package util-linux).");
        command.AddRange([.. NewSession, program, .. spec.Arguments]);

        var info = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = spec.WorkingDirectory ?? "",
        };
        foreach (var argument in command.Skip(1))
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in spec.Environment)
            info.Environment[name] = value;
        return info;
    }

    /// <summary>For the watchdog, which must outlive this process: a session of its own and no parent-death signal.</summary>
    public static ProcessStartInfo Detached(string program, IEnumerable<string> arguments)
    {
        string[] command = [.. NewSession, program, .. arguments];
        return new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, WorkingDirectory = "/" };
    }

    /// <summary>The full path of a program, or null. A path with a directory in it is taken as it is.</summary>
    public static string? Find(string program, string? path)
    {
        if (Path.GetFileName(program) != program)
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat", ""] : [""];
        return (path ?? Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(directory => endings.Select(ending => Path.Combine(directory, program + ending)))
            .FirstOrDefault(File.Exists);
    }

    // macOS has no setsid command, but always perl.
    private static string[] NewSession => OperatingSystem.IsWindows() ? [] : SetSid is not null ? [SetSid] : ["/usr/bin/perl", "-MPOSIX=setsid", "-e", "setsid(); exec @ARGV or exit 127", "--"];

    // Other implementations of the command exist that lack the option.
    private static string? FindSetPriv()
    {
        if (!OperatingSystem.IsLinux() || Find("setpriv", null) is not { } setpriv)
            return null;
        using var probe = Process.Start(new ProcessStartInfo(setpriv, ["--pdeathsig", "KILL", "true"]) { RedirectStandardError = true, RedirectStandardOutput = true });
        // What is decided here holds for the life of this process: a busy machine is given time.
        return probe is not null && probe.WaitForExit(TimeSpan.FromMinutes(1)) && probe.ExitCode == 0 ? setpriv : null;
    }
}
