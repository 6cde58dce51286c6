using System.Text.Json;

namespace Chat.Client;

/// <summary>Reads the server's frames into their types.</summary>
internal static class ServerFrames
{
    /// <summary>Null for a heartbeat's answer, which says nothing to a reader.</summary>
    public static SocketFrame? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return Parse(document.RootElement);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ProtocolViolationException("The server sent a frame that cannot be read.", broken);
        }
    }

    private static SocketFrame? Parse(JsonElement frame)
    {
        var type = Text(frame, "t");
        switch (type)
        {
            case "heartbeat_ack":
                return null;
            case "ready":
                var ready = frame.GetProperty("d");
                return new ReadyFrame(ready.GetProperty("user").Deserialize<ChatUser>(RestCalls.Json) ?? throw new JsonException("ready without a user"),
                    ready.GetProperty("session").GetGuid());
            case "subscribed":
                return new SubscribedFrame(Channel(frame), Rev(frame), After(frame));
            case "resync":
                return new ResyncFrame(Channel(frame), Rev(frame));
            case "unsubscribed":
                return new UnsubscribedFrame(Channel(frame), Text(frame.GetProperty("d"), "reason"));
            case "error":
                var error = frame.GetProperty("d");
                return new ErrorFrame(Text(error, "code"), Text(error, "message"),
                    error.TryGetProperty("of", out var of) ? of.GetString() : null,
                    frame.TryGetProperty("channel", out _) ? Channel(frame) : null);
            default:
                return frame.TryGetProperty("rev", out _) && frame.TryGetProperty("channel", out _)
                    ? new ChannelEventFrame(type, Channel(frame), Rev(frame), frame.GetProperty("d").Clone(), After(frame))
                    : new UnknownFrame(type, frame.Clone());
        }
    }

    private static string Text(JsonElement frame, string name) => frame.GetProperty(name).GetString() ?? throw new JsonException($"{name} is null");

    private static Guid Channel(JsonElement frame) => frame.GetProperty("channel").GetGuid();

    private static long Rev(JsonElement frame) => frame.GetProperty("rev").GetInt64();

    private static long? After(JsonElement frame) => frame.TryGetProperty("after", out var after) ? after.GetInt64() : null;
}
