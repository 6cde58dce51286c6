using System.Globalization;
using Npgsql;

namespace Chat.Load.MessagePath;

/// <summary>Processor time from /proc, of a service and of PostgreSQL with all its backends; NaN where the processes cannot be seen, as in a container.</summary>
internal static class CpuTimes
{
    private const double TicksPerSecond = 100;

    /// <summary>Milliseconds that a process has used.</summary>
    public static double Of(int process) => Read(process) is { } times ? times.Own : double.NaN;

    /// <summary>Milliseconds that the server with this postmaster has used, what its ended backends used included.</summary>
    public static double OfPostgres(int postmaster)
    {
        if (Read(postmaster) is not { } head)
            return double.NaN;
        var total = head.Own + head.Ended;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process) && Read(process) is { } times && times.Parent == postmaster)
                total += times.Own;
        }

        return total;
    }

    /// <summary>The postmaster: the parent of any backend.</summary>
    public static async Task<int> PostmasterAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select pg_backend_pid()");
        return await command.ExecuteScalarAsync() is int backend && Read(backend) is { } times ? times.Parent : 0;
    }

    private static (int Parent, double Own, double Ended)? Read(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            // The name may contain anything; what follows its last parenthesis begins with the third field.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), Ticks(11) + Ticks(12), Ticks(13) + Ticks(14));

            double Ticks(int field) => 1000 * long.Parse(fields[field], CultureInfo.InvariantCulture) / TicksPerSecond;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
