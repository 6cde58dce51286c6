using System.Text.Json;
using System.Text.Json.Serialization;
using Chat.Messaging.Messages;

namespace Chat.Messaging.Conversations;

/// <summary>A conversation as one of its members sees it. A group looks the same to all of them. What it does not have is absent.</summary>
/// <param name="Id">The conversation is a channel with this id.</param>
/// <param name="Members">In the order in which they came, the reader included.</param>
/// <param name="Rev">The channel's last revision.</param>
/// <param name="ActiveAt">When the last message was sent, or the conversation was begun.</param>
internal sealed record Conversation(Guid Id, ConversationKind Kind, IReadOnlyList<Author> Members, long Rev, DateTimeOffset CreatedAt, DateTimeOffset ActiveAt)
{
    /// <summary>A group's; absent: it is called after its members.</summary>
    public string? Name { get; init; }

    /// <summary>A group's: the id of a file.</summary>
    public Guid? Icon { get; init; }

    /// <summary>A group's.</summary>
    public Guid? Owner { get; init; }

    /// <summary>Since when nobody writes in the group; absent: it is open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Who asked to talk, as long as the other has not agreed.</summary>
    public Guid? RequestedBy { get; init; }

    /// <summary>When the reader turned the request down. Whoever asked is not told.</summary>
    public DateTimeOffset? DeclinedAt { get; init; }

    /// <summary>True while the reader has put a conversation of two out of their list; absent otherwise.</summary>
    public bool? Hidden { get; init; }
}

/// <summary>Told as <c>direct</c> and <c>group</c>.</summary>
[JsonConverter(typeof(ConversationKindConverter))]
internal enum ConversationKind
{
    /// <summary>Of two people, who have only this one.</summary>
    Direct,

    /// <summary>Of up to <see cref="ConversationAct.MaxMembers"/>.</summary>
    Group,
}

internal sealed class ConversationKindConverter() : JsonStringEnumConverter<ConversationKind>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
