using System.Text.Json;

namespace Chat.Client;

/// <summary>The frames a client sends.</summary>
internal static class ClientFrames
{
    /// <summary>What fits into one frame.</summary>
    public const int MostChannels = 50;

    public static readonly byte[] Identify = """{"t":"identify","d":{}}"""u8.ToArray();
    public static readonly byte[] Heartbeat = """{"t":"heartbeat"}"""u8.ToArray();

    public static byte[] Subscribe(Guid channel, long? rev) =>
        JsonSerializer.SerializeToUtf8Bytes(new { t = "subscribe", channel, rev }, RestCalls.Json);

    /// <summary>Many at once: at most <see cref="MostChannels"/>.</summary>
    public static byte[] Subscribe(IEnumerable<(Guid Channel, long? After)> channels) =>
        JsonSerializer.SerializeToUtf8Bytes(new { t = "subscribe", channels = channels.Select(one => new { channel = one.Channel, rev = one.After }) }, RestCalls.Json);

    public static byte[] Unsubscribe(Guid channel) => JsonSerializer.SerializeToUtf8Bytes(new { t = "unsubscribe", channel }, RestCalls.Json);
}
