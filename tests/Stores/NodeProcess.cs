using System.Threading.Channels;
using Chat.Hosting.Processes;

namespace Chat.Stores;

/// <summary>A node process of a test, which does not outlive it.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private const int MaxLines = 10_000;

    private readonly ProcessSpawner _spawner = new(stateDirectory: null);
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MaxLines) { FullMode = BoundedChannelFullMode.DropOldest });
    private RunningProcess? _process;

    private NodeProcess()
    {
    }

    /// <summary>The exit code, once it has ended and all output was read.</summary>
    public Task<int> Exited => _process?.Exited ?? throw new InvalidOperationException("It was not started.");

    /// <summary>The next line that it writes, to standard output or standard error; null when it has ended.</summary>
    public async Task<string?> ReadLineAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            return await _lines.Reader.WaitToReadAsync(patience.Token) && _lines.Reader.TryRead(out var line) ? line : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"node wrote nothing for {limit.TotalSeconds:0} s.");
        }
    }

    /// <summary>Reads until a line contains <paramref name="text"/>, and returns that line.</summary>
    /// <exception cref="InvalidOperationException">It ended without such a line; the message has what it wrote.</exception>
    public async Task<string> ReadUntilAsync(string text, TimeSpan limit, CancellationToken cancellationToken)
    {
        var seen = new List<string>();
        while (await ReadLineAsync(limit, cancellationToken) is { } line)
        {
            seen.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"node ended without \"{text}\":\n{string.Join('\n', seen)}");
    }

    /// <summary>Stops it: SIGTERM, SIGKILL after three seconds.</summary>
    public ValueTask DisposeAsync() => _spawner.DisposeAsync();

    internal static async Task<NodeProcess> StartAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        var node = new NodeProcess();
        node._process = await node._spawner.StartAsync(spec, (line, _) => node._lines.Writer.TryWrite(line), cancellationToken);
        _ = node._process.Exited.ContinueWith(_ => node._lines.Writer.TryComplete(), TaskScheduler.Default);
        return node;
    }
}
