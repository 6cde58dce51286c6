using System.Diagnostics;
using System.Globalization;

namespace Chat.Hosting.Processes;

/// <summary>
/// A small shell that holds the reading end of a pipe from this process and kills the sessions it was told of when the pipe ends, which
/// it does however this process ends. Parent-death signals cover only direct children, and only on Linux.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const string Script = """
        trap '' HUP INT TERM
        exec >/dev/null 2>&1
        list=' '
        while read -r word pid cleanup; do
          case $word in
            add) list="$list$pid "; eval "cleanup_$pid=\$cleanup" ;;
            drop) rest=' '; for p in $list; do [ "$p" = "$pid" ] || rest="$rest$p "; done; list=$rest; unset "cleanup_$pid" ;;
          esac
        done
        for round in 1 2 3 4 5; do
          found=
          for p in $list; do kill -KILL "-$p" && found=1; done
          for file in /proc/[0-9]*/stat; do
            read -r line < "$file" || continue
            set -- ${line##*) }
            case "$1$list" in
              Z*) ;;
              *" $4 "*) p=${file#/proc/}; kill -KILL "${p%/stat}" && found=1 ;;
            esac
          done
          [ "$found" ] || break
        done
        for p in $list; do eval "eval \"\$cleanup_$p\""; done
        """;

    private readonly Dictionary<int, string> _watched = [];
    private Process? _shell;

    /// <summary>Called on the spawn thread only, as are all members.</summary>
    public void Add(int leader, IReadOnlyList<string> cleanup)
    {
        if (OperatingSystem.IsWindows())
            return;
        _watched[leader] = string.Join(' ', cleanup.Select(argument => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        if (_shell is { HasExited: false })
        {
            Tell(leader);
            return;
        }

        _shell?.Dispose();
        _shell = Process.Start(Launch.Detached("/bin/sh", ["-c", Script]));
        foreach (var watched in _watched.Keys)
            Tell(watched);
    }

    public void Drop(int leader)
    {
        if (_watched.Remove(leader))
            Write(string.Create(CultureInfo.InvariantCulture, $"drop {leader}"));
    }

    public void Dispose()
    {
        if (_shell is null)
            return;
        _shell.StandardInput.Close();
        _shell.Dispose();
        _shell = null;
    }

    private void Tell(int leader) => Write(string.Create(CultureInfo.InvariantCulture, $"add {leader} {_watched[leader]}"));

    private void Write(string line)
    {
        try
        {
            _shell?.StandardInput.WriteLine(line);
            _shell?.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The shell was killed. The next start replaces it and tells it everything again.
            _shell?.Dispose();
            _shell = null;
        }
    }
}
