using System.Text.Json.Serialization;

namespace Chat.Messaging.Messages;

/// <summary>What a message is. Stored as a number, which never changes its meaning; told as text in snake case.</summary>
[JsonConverter(typeof(MessageKindConverter))]
internal enum MessageKind : short
{
    /// <summary>Said by a person. The only kind that counts as unread.</summary>
    Text = 0,

    /// <summary>Somebody joined the server.</summary>
    MemberJoined = 10,

    /// <summary>A message was pinned.</summary>
    MessagePinned = 11,

    /// <summary>The channel, group or thread has another name.</summary>
    ChannelRenamed = 12,

    /// <summary>A call began.</summary>
    CallStarted = 13,

    /// <summary>A thread was opened under a message.</summary>
    ThreadStarted = 14,

    /// <summary>Somebody was added to the group.</summary>
    MemberAdded = 15,

    /// <summary>Somebody was put out of the group.</summary>
    MemberRemoved = 16,

    /// <summary>Somebody left the group.</summary>
    MemberLeft = 17,

    /// <summary>The group has another owner.</summary>
    OwnerChanged = 18,

    /// <summary>The group has another icon.</summary>
    IconChanged = 19,
}

/// <summary><c>text</c>, <c>member_joined</c>, …</summary>
internal sealed class MessageKindConverter() : JsonStringEnumConverter<MessageKind>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
