using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Chat.Realtime.Tickets;

namespace Chat.Realtime.Sockets;

/// <summary>The frames this side sends, as bytes.</summary>
internal static class Frames
{
    public static readonly ReadOnlyMemory<byte> HeartbeatAck = """{"t":"heartbeat_ack"}"""u8.ToArray();

    private static ReadOnlySpan<byte> Data => ",\"d\":"u8;

    public static ReadOnlyMemory<byte> Hello(RealtimeOptions options) => Write("hello", (writer, o) =>
    {
        writer.WriteStartObject("d");
        writer.WriteNumber("heartbeatMs", (long)o.Heartbeat.TotalMilliseconds);
        writer.WriteStartObject("limits");
        writer.WriteNumber("frameBytes", o.FrameBytes);
        writer.WriteNumber("framesPerMinute", o.FramesPerMinute);
        writer.WriteNumber("subscriptions", o.SubscriptionsPerSocket);
        writer.WriteNumber("subscribeBatch", ClientFrame.MostChannels);
        writer.WriteNumber("catchUp", o.ResyncBeyond);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }, options);

    public static ReadOnlyMemory<byte> Ready(SocketOwner owner) => Write("ready", (writer, o) =>
    {
        writer.WriteStartObject("d");
        writer.WriteStartObject("user");
        writer.WriteString("id", o.User);
        writer.WriteString("username", o.Username);
        writer.WriteString("displayName", o.DisplayName);
        writer.WriteEndObject();
        writer.WriteString("session", o.Session);
        writer.WriteEndObject();
    }, owner);

    /// <param name="after">The last revision the client was told, when nothing came for those after it.</param>
    public static ReadOnlyMemory<byte> Subscribed(Guid channel, long rev, long? after) => Position("subscribed", channel, rev, after);

    public static ReadOnlyMemory<byte> Resync(Guid channel, long rev) => Position("resync", channel, rev, null);

    public static ReadOnlyMemory<byte> Unsubscribed(Guid channel, string reason) => Write("unsubscribed", (writer, u) =>
    {
        writer.WriteString("channel", u.channel);
        writer.WriteStartObject("d");
        writer.WriteString("reason", u.reason);
        writer.WriteEndObject();
    }, (channel, reason));

    public static ReadOnlyMemory<byte> Error(string code, string message, string? of = null, Guid? channel = null) => Write("error", (writer, e) =>
    {
        if (e.channel is { } about)
            writer.WriteString("channel", about);
        writer.WriteStartObject("d");
        writer.WriteString("code", e.code);
        writer.WriteString("message", e.message);
        if (e.of is not null)
            writer.WriteString("of", e.of);
        writer.WriteEndObject();
    }, (code, message, of, channel));

    /// <summary>A change of a channel; <paramref name="data"/> goes out as it is.</summary>
    public static ReadOnlyMemory<byte> Change(string type, Guid channel, long rev, JsonElement data) => Write(type, (writer, c) =>
    {
        writer.WriteString("channel", c.channel);
        writer.WriteNumber("rev", c.rev);
        writer.WritePropertyName("d");
        c.data.WriteTo(writer);
    }, (channel, rev, data));

    /// <summary>What concerns a person and a channel, and is in no log. Without <paramref name="data"/> it is over.</summary>
    public static ReadOnlyMemory<byte> Of(string type, Guid channel, JsonElement? data) => Write(type, (writer, c) =>
    {
        writer.WriteString("channel", c.channel);
        if (c.data is { } element)
        {
            writer.WritePropertyName("d");
            element.WriteTo(writer);
        }
    }, (channel, data));

    /// <summary>The frame of a change that follows a skipped stretch: everything after <paramref name="after"/> and before it is contained in later changes.</summary>
    public static ReadOnlyMemory<byte> After(ReadOnlyMemory<byte> change, long after)
    {
        // Before the data come only the type, the channel and the revision, which cannot contain this.
        var place = change.Span.IndexOf(Data);
        return (byte[])[.. change.Span[..place], .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"after\":{after}")), .. change.Span[place..]];
    }

    private static ReadOnlyMemory<byte> Position(string type, Guid channel, long rev, long? after) => Write(type, (writer, p) =>
    {
        writer.WriteString("channel", p.channel);
        writer.WriteNumber("rev", p.rev);
        if (p.after is { } told)
            writer.WriteNumber("after", told);
    }, (channel, rev, after));

    private static ReadOnlyMemory<byte> Write<T>(string type, Action<Utf8JsonWriter, T> body, T state)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("t", type);
            body(writer, state);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
