using System.Text.Json;

namespace Chat.Client;

/// <summary>What a <see cref="ChatSocket"/> yields, in the order it happened.</summary>
public abstract record SocketFrame;

/// <summary>The socket is up (for the first time or again) and will now renew its subscriptions.</summary>
public sealed record ReadyFrame(ChatUser User, Guid Session) : SocketFrame;

/// <summary>
/// A change of a channel. <paramref name="Data"/> is what <c>d</c> held; for <c>message.sent</c> see <see cref="AsMessage"/>. <paramref name="After"/>, where given, is
/// the revision it follows: those in between are contained in later changes.
/// </summary>
public sealed record ChannelEventFrame(string Type, Guid Channel, long Rev, JsonElement Data, long? After = null) : SocketFrame
{
    /// <summary>The data as a message; only for <c>message.sent</c>.</summary>
    public ChatMessage AsMessage() => Data.Deserialize<ChatMessage>(RestCalls.Json) ?? throw new JsonException("The event carried no message.");
}

/// <summary>
/// Everything up to <paramref name="Rev"/> has been delivered; what follows is live. <paramref name="After"/>, where given, is the last revision that was: there is
/// nothing to deliver of the later ones.
/// </summary>
public sealed record SubscribedFrame(Guid Channel, long Rev, long? After = null) : SocketFrame;

/// <summary>More was missed than the socket replays: read what is needed by REST; live events continue after <paramref name="Rev"/>.</summary>
public sealed record ResyncFrame(Guid Channel, long Rev) : SocketFrame;

/// <summary>The subscription ended: <c>requested</c> or <c>access_lost</c>.</summary>
public sealed record UnsubscribedFrame(Guid Channel, string Reason) : SocketFrame;

/// <summary>The server refused a frame; <paramref name="Of"/> names its type and <paramref name="Channel"/> its channel, where known.</summary>
public sealed record ErrorFrame(string Code, string Message, string? Of, Guid? Channel) : SocketFrame;

/// <summary>The connection is gone. <paramref name="Code"/> is the close code, null when there was none. When <paramref name="Final"/> it is not re-established.</summary>
public sealed record DisconnectedFrame(int? Code, string? Reason, bool Final) : SocketFrame;

/// <summary>A frame of a type that this version does not know.</summary>
public sealed record UnknownFrame(string Type, JsonElement Frame) : SocketFrame;
