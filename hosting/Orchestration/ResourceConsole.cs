using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Chat.Hosting.Orchestration;

/// <summary>The lines of every resource: to the console behind the resource's name, and to one file per resource. In a test to the loggers instead of the console.</summary>
internal sealed class ResourceConsole : IAsyncDisposable
{
    private const string Engine = "apphost";
    private static readonly int[] Colours = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(15);

    // When the terminal or the disk cannot follow, the oldest lines go, never the processes' time.
    private readonly Channel<Line> _lines = Channel.CreateBounded<Line>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Dictionary<string, LogFile> _files = [];
    private readonly Dictionary<string, int> _colours = [];
    private readonly bool _isColoured = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    private readonly AppHostState _state;
    private readonly ILoggerFactory? _loggers;
    private readonly Task _writing;

    public ResourceConsole(AppHostState state, RunOptions options, ILoggerFactory loggers)
    {
        _state = state;
        _loggers = options.IsTest ? loggers : null;
        _writing = WriteAsync();
    }

    private readonly record struct Line(string Name, string Text, bool IsError);

    /// <summary>A line of a resource.</summary>
    public void Write(string name, string text, bool isError = false) => _lines.Writer.TryWrite(new Line(name, text, isError));

    /// <summary>A line of the engine itself.</summary>
    public void Say(string text, bool isError = false) => Write(Engine, text, isError);

    /// <summary>Awaits the task, and says what is going on when that takes more than 2 s.</summary>
    public async Task<T> WhileAsync<T>(Func<string> what, Task<T> task)
    {
        for (var wait = Patience; await Task.WhenAny(task, Task.Delay(wait)).ConfigureAwait(false) != task; wait = Reminder)
            Say($"{what()} …");
        return await task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (var line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Show(line);
            try
            {
                if (!_files.TryGetValue(line.Name, out var file))
                    _files[line.Name] = file = new LogFile(_state.LogDirectory, line.Name);
                file.WriteLine($"{DateTimeOffset.Now:O} {line.Text}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk stops the files, not the application.
                Show(new Line(Engine, $"cannot write the log of {line.Name}: {exception.Message}", true));
            }
        }
    }

    private void Show(Line line)
    {
        if (_loggers is not null)
        {
#pragma warning disable CA2254 // The line is somebody else's text, not a template of ours.
            _loggers.CreateLogger($"Resources.{line.Name}").Log(line.IsError ? LogLevel.Warning : LogLevel.Debug, "{Line}", line.Text);
#pragma warning restore CA2254
            return;
        }
        if (!_colours.TryGetValue(line.Name, out var colour))
            _colours[line.Name] = colour = line.Name == Engine ? 1 : Colours[_colours.Count % Colours.Length];
        Console.Out.WriteLine(_isColoured ? $"\e[{colour}m{line.Name,-10} |\e[0m {line.Text}" : $"{line.Name,-10} | {line.Text}");
    }
}
