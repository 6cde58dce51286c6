using System.Text.Json;

namespace Chat.Realtime.Sockets;

/// <summary>A channel to subscribe to, and what the client has of it.</summary>
internal readonly record struct Wanted(Guid Channel, long? Rev);

/// <summary>A frame from a client, or what is wrong with it.</summary>
internal abstract record ClientFrame
{
    /// <summary>Channels in one subscribe: what fits into a frame with some room.</summary>
    public const int MostChannels = 50;

    private const int LongestType = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    public sealed record Identify : ClientFrame;

    public sealed record Heartbeat : ClientFrame;

    public sealed record Subscribe(IReadOnlyList<Wanted> Channels) : ClientFrame;

    public sealed record Unsubscribe(Guid Channel) : ClientFrame;

    /// <summary>Well-formed, but of no use: answered by an error frame, the socket stays.</summary>
    public sealed record Refused(string Code, string Message, string? Of) : ClientFrame;

    /// <summary>Not a frame at all: what follows cannot be trusted, the socket is closed.</summary>
    public sealed record Malformed(string Message) : ClientFrame;

    public static ClientFrame Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half a surrogate pair, which is well-formed JSON and no text.
            return new Malformed("The frame is not JSON of the agreed kind.");
        }
    }

    private static ClientFrame Read(JsonElement frame)
    {
        if (frame.ValueKind is not JsonValueKind.Object)
            return new Malformed("A frame is a JSON object.");
        if (!frame.TryGetProperty("t", out var t) || t.ValueKind is not JsonValueKind.String || t.GetString() is not { Length: > 0 and <= LongestType } type)
            return new Malformed("A frame names its type in t.");
        if (frame.TryGetProperty("d", out var d) && d.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
            return Invalid(type, "d must be an object.");
        return type switch
        {
            "identify" => new Identify(),
            "heartbeat" => new Heartbeat(),
            "subscribe" => ReadSubscribe(frame),
            "unsubscribe" => TryChannel(frame, out var channel) ? new Unsubscribe(channel) : Invalid(type, "channel must be an id."),
            _ => new Refused("unknown_type", "This frame type is not known.", type),
        };
    }

    private static ClientFrame ReadSubscribe(JsonElement frame)
    {
        if (!frame.TryGetProperty("channels", out var channels))
            return TryWanted(frame, out var one) ? new Subscribe([one]) : InvalidSubscribe();
        if (channels.ValueKind is not JsonValueKind.Array || channels.GetArrayLength() is 0 or > MostChannels || frame.TryGetProperty("channel", out _))
            return Invalid("subscribe", $"channels must be a list of 1 to {MostChannels}, without channel beside it.");
        var wanted = new List<Wanted>(channels.GetArrayLength());
        foreach (var entry in channels.EnumerateArray())
        {
            if (entry.ValueKind is not JsonValueKind.Object || !TryWanted(entry, out var one))
                return InvalidSubscribe();
            wanted.Add(one);
        }
        return new Subscribe(wanted);
    }

    private static bool TryWanted(JsonElement entry, out Wanted wanted)
    {
        wanted = default;
        if (!TryChannel(entry, out var channel))
            return false;
        if (!entry.TryGetProperty("rev", out var rev) || rev.ValueKind is JsonValueKind.Null)
        {
            wanted = new Wanted(channel, null);
            return true;
        }
        if (rev.ValueKind is not JsonValueKind.Number || !rev.TryGetInt64(out var known) || known < 0)
            return false;
        wanted = new Wanted(channel, known);
        return true;
    }

    private static bool TryChannel(JsonElement frame, out Guid channel)
    {
        channel = default;
        return frame.TryGetProperty("channel", out var text) && text.ValueKind is JsonValueKind.String && text.TryGetGuid(out channel);
    }

    private static Refused InvalidSubscribe() => Invalid("subscribe", "channel must be an id, and rev, if given, a whole number from 0.");

    private static Refused Invalid(string type, string message) => new("invalid_frame", message, type);
}
