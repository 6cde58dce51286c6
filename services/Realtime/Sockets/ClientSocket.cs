using System.Collections.Concurrent;
using System.Net.WebSockets;
using Chat.Realtime.Channels;
using Chat.Realtime.Tickets;

namespace Chat.Realtime.Sockets;

/// <summary>One open socket: who it belongs to, what waits to be written, what it is subscribed to, and whether it still keeps the rules.</summary>
internal sealed class ClientSocket : IDisposable
{
    /// <summary>How long a client may take to answer our close before the connection is cut.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    /// <summary>How long the close itself may take to be written: what is being written goes before it. Whoever was too slow already has had their time.</summary>
    private static readonly TimeSpan FarewellWithin = TimeSpan.FromSeconds(4);

    private readonly RealtimeOptions _options;
    private readonly RealtimeTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone = new();
    private readonly long _openedAt;
    private long _heardAt;
    private long _frameStartedAt;
    private long _sendStartedAt;
    private long _closingAt;
    private long _closedAt;
    private bool _identified;
    private SocketClose? _close;

    public ClientSocket(WebSocket socket, SocketOwner owner, RealtimeOptions options, RealtimeTelemetry telemetry, TimeProvider time)
    {
        (Socket, Owner, _options, _telemetry, _time) = (socket, owner, options, telemetry, time);
        Outbound = new OutboundQueue(options.QueueFrames, options.QueueBytes);
        Gone = _gone.Token;
        _openedAt = _heardAt = time.GetTimestamp();
    }

    public SocketOwner Owner { get; }

    public WebSocket Socket { get; }

    public OutboundQueue Outbound { get; }

    public ConcurrentDictionary<Guid, Subscription> Subscriptions { get; } = new();

    /// <summary>Cancelled when the socket is closing: nothing done on its behalf need be finished.</summary>
    public CancellationToken Gone { get; }

    public SocketClose? Closing => Volatile.Read(ref _close);

    public bool Identified
    {
        get => Volatile.Read(ref _identified);
        set => Volatile.Write(ref _identified, value);
    }

    /// <summary>Queues a frame about the socket itself.</summary>
    public void Tell(ReadOnlyMemory<byte> frame)
    {
        if (!Outbound.TryControl(frame))
            Close(SocketClose.TooSlow);
    }

    /// <summary>Closes the socket: what waits is dropped, the farewell and the close frame follow what is being written now. The first reason counts.</summary>
    public void Close(SocketClose close)
    {
        if (Interlocked.CompareExchange(ref _close, close, null) is not null)
            return;
        Volatile.Write(ref _closingAt, _time.GetTimestamp());
        if (close != SocketClose.Normal)
            _telemetry.SocketClosed(close.Code);
        Outbound.Complete();
        // Continuations of those who wait for this token must not run on the bus or the sweeper.
        _ = _gone.CancelAsync();
    }

    public void FrameBegins() => Volatile.Write(ref _frameStartedAt, _time.GetTimestamp());

    public void FrameEnds()
    {
        Volatile.Write(ref _frameStartedAt, 0);
        Volatile.Write(ref _heardAt, _time.GetTimestamp());
    }

    /// <summary>Writes what waits until the socket is closed, then the farewell and the close frame.</summary>
    public async Task SendAllAsync()
    {
        try
        {
            while (Closing is null && await Outbound.NextAsync(CancellationToken.None) is { } frame)
            {
                // A subscription that ended takes its waiting frames with it.
                if (Closing is null && frame.Subscription is not { Ended: true })
                    await SendAsync(frame.Bytes);
            }
            var close = Closing ?? SocketClose.Normal;
            if (!close.Farewell.IsEmpty)
                await SendAsync(close.Farewell);
            if (Socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await Socket.CloseOutputAsync((WebSocketCloseStatus)close.Code, close.Reason, CancellationToken.None);
            Volatile.Write(ref _closedAt, _time.GetTimestamp());
        }
        catch (Exception exception) when (FrameReader.IsLoss(exception))
        {
            // The peer is gone; the receiving side ends as well.
            Socket.Abort();
        }
    }

    /// <summary>Called about twice a second: closes a socket that broke a time limit, and cuts one that does not let itself be closed.</summary>
    public void Inspect()
    {
        if (Closing is { } close)
        {
            if (Elapsed(Volatile.Read(ref _closedAt)) > AnswerWithin || Elapsed(Volatile.Read(ref _closingAt)) > AnswerWithin + (close == SocketClose.TooSlow ? TimeSpan.Zero : FarewellWithin))
                Socket.Abort();
        }
        else if (!Identified && Elapsed(_openedAt) > _options.IdentifyWithin)
        {
            Close(SocketClose.Unauthenticated("identify_timeout", "The socket did not identify in time."));
        }
        else if (Elapsed(Volatile.Read(ref _frameStartedAt)) > _options.IdentifyWithin)
        {
            Close(SocketClose.BadFrame("frame_timeout", "A frame was begun and not finished."));
        }
        else if (Elapsed(Volatile.Read(ref _heardAt)) > _options.Heartbeat * 2.5)
        {
            Close(SocketClose.Silent);
        }
        else if (Elapsed(Volatile.Read(ref _sendStartedAt)) > _options.SlowFor)
        {
            Close(SocketClose.TooSlow);
        }
    }

    public void Dispose() => _gone.Dispose();

    private TimeSpan Elapsed(long since) => since > 0 ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        Volatile.Write(ref _sendStartedAt, _time.GetTimestamp());
        // No token: cancelling a write aborts the socket before its close frame. Inspect cuts a write that does not end.
        await Socket.SendAsync(frame, WebSocketMessageType.Text, true, CancellationToken.None);
        Volatile.Write(ref _sendStartedAt, 0);
    }
}
