using System.Buffers;
using System.Net.WebSockets;

namespace Chat.Realtime.Sockets;

/// <summary>Reads one client's frames, holding a buffer only while there is something to read, and never more than one frame may have.</summary>
internal sealed class FrameReader(ClientSocket client, int largest)
{
    /// <summary>A frame of 4 KiB has no use for more pieces; empty ones would go on for ever.</summary>
    private const int MostFragments = 64;

    /// <summary>The next frame, or null when the socket is closed or had to be.</summary>
    public async Task<ClientFrame?> NextAsync()
    {
        try
        {
            // An empty receive waits without a buffer.
            var waited = await client.Socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (waited.MessageType is WebSocketMessageType.Close)
                return Ended();
            if (waited.EndOfMessage)
                return waited.MessageType is WebSocketMessageType.Binary ? Binary() : ClientFrame.Parse(default);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            return Ended();
        }
        client.FrameBegins();
        var buffer = ArrayPool<byte>.Shared.Rent(largest + 1);
        try
        {
            return await ReadAsync(buffer.AsMemory(0, largest + 1));
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            return Ended();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            client.FrameEnds();
        }
    }

    private async Task<ClientFrame?> ReadAsync(Memory<byte> buffer)
    {
        var length = 0;
        for (var fragments = 0; fragments < MostFragments; fragments++)
        {
            var received = await client.Socket.ReceiveAsync(buffer[length..], CancellationToken.None);
            if (received.MessageType is WebSocketMessageType.Close)
                return Ended();
            if (received.MessageType is WebSocketMessageType.Binary)
                return Binary();
            length += received.Count;
            if (length > largest)
                return Broken("frame_too_large", $"A frame has at most {largest} bytes.");
            if (received.EndOfMessage)
                return ClientFrame.Parse(buffer[..length]);
        }
        return Broken("too_many_fragments", $"A frame has at most {MostFragments} fragments.");
    }

    /// <summary>Lost connections, and what the WebSocket itself refuses (text that is not UTF-8, broken framing) and closes with 1002 or 1007.</summary>
    internal static bool IsLoss(Exception exception) =>
        exception is WebSocketException or OperationCanceledException or IOException or InvalidOperationException;

    private ClientFrame? Ended()
    {
        client.Close(SocketClose.Normal);
        return null;
    }

    private ClientFrame? Binary() => Broken("binary_frame", "Frames are text.");

    private ClientFrame? Broken(string code, string message)
    {
        client.Close(SocketClose.BadFrame(code, message));
        return null;
    }
}
