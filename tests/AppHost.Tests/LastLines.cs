using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Chat.AppHost.Tests;

/// <summary>The last lines that each resource wrote, for whoever has to find out why one of them is not healthy.</summary>
internal sealed class LastLines : ILoggerProvider
{
    private const int Kept = 12;
    private const string Resources = "Resources.";

    private readonly ConcurrentDictionary<string, Lines> _lines = new(StringComparer.Ordinal);

    /// <summary>All of them, a paragraph for each resource; also for the engine itself.</summary>
    public override string ToString() =>
        string.Join("\n\n", _lines.OrderBy(resource => resource.Key, StringComparer.Ordinal).Select(resource => $"{resource.Key}:\n{string.Join('\n', resource.Value.All())}"));

    public ILogger CreateLogger(string categoryName) =>
        _lines.GetOrAdd(categoryName.IndexOf(Resources, StringComparison.Ordinal) is >= 0 and var at ? categoryName[(at + Resources.Length)..] : "everything else", _ => new Lines());

    public void Dispose() => _lines.Clear();

    private sealed class Lines : ILogger
    {
        private readonly Queue<string> _last = new();

        public IReadOnlyList<string> All()
        {
            lock (_last)
                return [.. _last];
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {formatter(state, exception)} {exception}";
            lock (_last)
            {
                if (_last.Count == Kept)
                    _last.Dequeue();
                _last.Enqueue(line);
            }
        }
    }
}
