using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Chat.Hosting.Processes;

/// <summary>What the operating system knows about running processes, and signals to them.</summary>
internal static partial class ProcessTable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Tells this boot of the machine from others, after which process ids begin anew.</summary>
    public static readonly string Boot = File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "-";

    private sealed record Entry(int Id, char State, int Parent, int Session, string Start);

    /// <summary>Tells a process from a later one with the same id. Null when there is no such process.</summary>
    public static string? StartOf(int id)
    {
        if (OperatingSystem.IsLinux())
            return Read(id) is { State: not 'Z' } entry ? entry.Start : null;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    public static void Signal(int id, int signal)
    {
        // A process that is already gone is what a signal is for.
        if (!OperatingSystem.IsWindows())
            _ = SendSignal(id, signal);
    }

    /// <summary>Kills a session leader, its descendants and its session, until none is left or 2 s have passed.</summary>
    public static Task KillTreeAsync(int leader) => KillAsync(leader, () => Tree(leader));

    /// <summary>Kills what is left of a session whose leader ended. The number of a session is not used again while it has members.</summary>
    public static Task KillSessionAsync(int leader) => KillAsync(leader, () => [.. Running().Values.Where(entry => entry.Session == leader && entry.Id != leader).Select(entry => entry.Id)]);

    private static async Task KillAsync(int leader, Func<IReadOnlyList<int>> find)
    {
        if (!OperatingSystem.IsLinux())
            Signal(-leader, Kill);
        var deadline = Stopwatch.StartNew();
        while (OperatingSystem.IsLinux() && deadline.Elapsed < TimeSpan.FromSeconds(2))
        {
            var members = find();
            if (members.Count == 0)
                return;
            foreach (var member in members)
                Signal(member, Kill);
            await Task.Delay(10);
        }
    }

    /// <summary>The leader, whatever descends from it, and whatever is in its session although its parent is gone. Linux only.</summary>
    public static IReadOnlyList<int> Tree(int leader)
    {
        var all = Running();
        return [.. all.Values.Where(entry => entry.Session == leader || Descends(entry)).Select(entry => entry.Id)];

        bool Descends(Entry entry)
        {
            // The table is not read in one instant, so a chain of parents is followed only so far.
            for (var depth = 0; depth < 64; depth++)
            {
                if (entry.Id == leader || entry.Parent == leader)
                    return true;
                if (!all.TryGetValue(entry.Parent, out var parent))
                    return false;
                entry = parent;
            }

            return false;
        }
    }

    private static Dictionary<int, Entry> Running()
    {
        var all = new Dictionary<int, Entry>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(id) is { State: not ('Z' or 'X') } entry)
                all[id] = entry;
        }

        return all;
    }

    private static Entry? Read(int id)
    {
        try
        {
            // "id (name) state parent group session …": the name may hold spaces and brackets.
            var line = File.ReadAllText($"/proc/{id}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return new Entry(id, fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture), fields[19]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int id, int signal);
}
