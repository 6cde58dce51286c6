using System.Collections.Concurrent;
using Chat.Client;

namespace Chat.Realtime.Tests;

/// <summary>Reads a socket to its end and keeps what came.</summary>
internal sealed class FrameCollector : IAsyncDisposable
{
    private readonly ChatSocket _socket;
    private readonly ConcurrentQueue<SocketFrame> _frames = new();
    private readonly Task _reading;

    public FrameCollector(ChatSocket socket)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    public IEnumerable<SocketFrame> Frames => _frames;

    /// <summary>The revisions of a channel's events, as they came.</summary>
    public long[] Revisions(Guid channel) => [.. _frames.OfType<ChannelEventFrame>().Where(frame => frame.Channel == channel).Select(frame => frame.Rev)];

    public ChannelEventFrame[] Events(Guid channel) => [.. _frames.OfType<ChannelEventFrame>().Where(frame => frame.Channel == channel)];

    public Task ReachesAsync(Guid channel, long rev) =>
        Eventually.HoldsAsync($"revision {rev} arrives", () => _reading.IsFaulted || _socket.Revision(channel) >= rev && Revisions(channel).LastOrDefault() >= rev);

    public Task<T> GetsAsync<T>() where T : SocketFrame => GetsAsync<T>(_ => true);

    public async Task<T> GetsAsync<T>(Func<T, bool> which) where T : SocketFrame
    {
        await Eventually.HoldsAsync($"a {typeof(T).Name} arrives", () => _reading.IsFaulted || _frames.OfType<T>().Any(which));
        return _frames.OfType<T>().First(which);
    }

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _reading;
        Assert.Empty(_socket.Violations);
    }

    private async Task ReadAsync()
    {
        await foreach (var frame in _socket.ReadAllAsync(CancellationToken.None))
            _frames.Enqueue(frame);
    }
}
