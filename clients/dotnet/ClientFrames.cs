using System.Text.Json;

namespace Chat.Client;

/// <summary>The frames a client sends.</summary>
internal static class ClientFrames
{
    public static readonly byte[] Identify = """{"t":"identify","d":{}}"""u8.ToArray();
    public static readonly byte[] Heartbeat = """{"t":"heartbeat"}"""u8.ToArray();

    public static byte[] Subscribe(Guid channel, long? rev) =>
        JsonSerializer.SerializeToUtf8Bytes(new { t = "subscribe", channel, rev }, RestCalls.Json);

    public static byte[] Unsubscribe(Guid channel) => JsonSerializer.SerializeToUtf8Bytes(new { t = "unsubscribe", channel }, RestCalls.Json);
}
