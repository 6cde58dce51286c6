using System.Threading.Channels;
using Chat.Realtime.Channels;

namespace Chat.Realtime.Sockets;

/// <summary>A frame on its way to a socket; <see cref="Subscription"/> is what it belongs to, null for frames about the socket itself.</summary>
internal readonly record struct OutboundFrame(ReadOnlyMemory<byte> Bytes, Subscription? Subscription);

/// <summary>
/// What waits to be written to one socket, bounded by number and bytes. Events find it full at the limit and fall back to the log; the few frames
/// about the socket itself have a reserve beyond it. Many writers, one reader.
/// </summary>
internal sealed class OutboundQueue(int frames, long bytes)
{
    private const int Reserve = 512;

    private readonly Channel<OutboundFrame> _waiting = Channel.CreateUnbounded<OutboundFrame>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private int _count;
    private long _bytes;

    /// <summary>False when it is full.</summary>
    public bool TryEvent(ReadOnlyMemory<byte> frame, Subscription subscription) => TryAdd(new OutboundFrame(frame, subscription), 0);

    /// <summary>False when even the reserve is used up: the client asks for much and reads nothing.</summary>
    public bool TryControl(ReadOnlyMemory<byte> frame) => TryAdd(new OutboundFrame(frame, null), Reserve);

    public async ValueTask<OutboundFrame?> NextAsync(CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            if (!_waiting.Reader.TryRead(out var frame))
                continue;
            TaskCompletionSource? room = null;
            lock (_gate)
            {
                _count--;
                _bytes -= frame.Bytes.Length;
                if (_room is not null && HasRoom)
                    (room, _room) = (_room, null);
            }
            room?.SetResult();
            return frame;
        }
        return null;
    }

    /// <summary>Completes once it is at most half full.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
            return HasRoom ? Task.CompletedTask : (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Takes no more; the reader ends after what is there.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    private bool HasRoom => _count <= frames / 2 && _bytes <= bytes / 2;

    private bool TryAdd(OutboundFrame frame, int reserve)
    {
        lock (_gate)
        {
            // A frame larger than the whole limit still passes when nothing else waits.
            if (_count >= frames + reserve || (reserve == 0 && _count > 0 && _bytes + frame.Bytes.Length > bytes))
                return false;
            if (!_waiting.Writer.TryWrite(frame))
                return true; // Completed: the socket is closing, and nobody misses the frame.
            _count++;
            _bytes += frame.Bytes.Length;
            return true;
        }
    }
}
