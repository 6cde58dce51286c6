using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;

namespace Chat.Client;

/// <summary>One connection of a <see cref="ChatSocket"/>: frames in, frames out, heartbeats.</summary>
internal sealed class SocketLink : IAsyncDisposable
{
    /// <summary>The server sends nothing near this; more means that it is not one of ours.</summary>
    private const int LargestFrame = 1024 * 1024;

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ArrayBufferWriter<byte> _buffer = new(8192);
    private TimeSpan _heartbeat = TimeSpan.FromSeconds(15);

    private SocketLink() => _socket.Options.KeepAliveInterval = TimeSpan.Zero;

    public int? CloseCode => (int?)_socket.CloseStatus;

    public string? CloseReason => _socket.CloseStatusDescription;

    /// <summary>From a 4010: the moment, different for each socket, at which to come back.</summary>
    public TimeSpan? ReconnectAfter { get; private set; }

    public static async Task<SocketLink> ConnectAsync(Uri url, CancellationToken cancel)
    {
        var link = new SocketLink();
        try
        {
            await link._socket.ConnectAsync(url, cancel).ConfigureAwait(false);
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>hello, identify, ready.</summary>
    public async Task<ReadyFrame> IdentifyAsync(CancellationToken cancel)
    {
        if (await ReceiveAsync(cancel).ConfigureAwait(false) is not UnknownFrame { Type: "hello", Frame: var hello })
            throw new WebSocketException($"The server did not say hello: {CloseCode} {CloseReason}");
        _heartbeat = TimeSpan.FromMilliseconds(hello.GetProperty("d").GetProperty("heartbeatMs").GetInt32());
        await SendAsync(ClientFrames.Identify, cancel).ConfigureAwait(false);
        return await ReceiveAsync(cancel).ConfigureAwait(false) as ReadyFrame
            ?? throw new WebSocketException($"The server did not accept the session: {CloseCode} {CloseReason}");
    }

    /// <exception cref="WebSocketException">The connection is lost.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        try
        {
            await _sending.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                await _socket.SendAsync(frame, WebSocketMessageType.Text, true, cancel).ConfigureAwait(false);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception gone) when (gone is ObjectDisposedException || (gone is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // So says one that was aborted, before the send or during it.
            throw new WebSocketException("The connection is lost.", gone);
        }
    }

    /// <summary>The next frame, or null once the server has closed.</summary>
    public async Task<SocketFrame?> ReceiveAsync(CancellationToken cancel)
    {
        while (true)
        {
            _buffer.ResetWrittenCount();
            ValueWebSocketReceiveResult result;
            do
            {
                result = await _socket.ReceiveAsync(_buffer.GetMemory(4096), cancel).ConfigureAwait(false);
                if (result.MessageType is WebSocketMessageType.Close)
                    return Closed();
                _buffer.Advance(result.Count);
                if (_buffer.WrittenCount > LargestFrame)
                    throw new ProtocolViolationException("The server sent a frame that is too large.");
            }
            while (!result.EndOfMessage);
            if (ServerFrames.Parse(_buffer.WrittenMemory) is { } frame)
                return frame;
        }
    }

    /// <summary>Sends heartbeats until cancelled or until the connection breaks, which the receiver then sees too.</summary>
    public async Task HeartbeatAsync(CancellationToken cancel)
    {
        try
        {
            using var timer = new PeriodicTimer(_heartbeat);
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
                await SendAsync(ClientFrames.Heartbeat, cancel).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // The receiver reports the end of the connection.
        }
    }

    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or InvalidOperationException)
            {
                // It was only a courtesy.
            }
        }
        _socket.Dispose();
        _sending.Dispose();
    }

    private SocketFrame? Closed()
    {
        if (CloseCode is 4010 && CloseReason is { Length: > 0 } reason)
        {
            try
            {
                using var hint = JsonDocument.Parse(reason);
                if (hint.RootElement.TryGetProperty("reconnectAfterMs", out var after) && after.TryGetInt32(out var ms))
                    ReconnectAfter = TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, 60_000));
            }
            catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
            {
                // Without a readable hint the ordinary back-off applies.
            }
        }
        return null;
    }
}
