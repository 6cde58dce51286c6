using System.Text.Json.Serialization;
using Chat.Messaging.Polls;
using Chat.Messaging.Reactions;

namespace Chat.Messaging.Messages;

/// <summary>
/// A message as clients see it: in answers, in the change log and in events alike. What it does not have is absent. Two things are told only to somebody who asks by REST,
/// for a frame goes to many: <see cref="ReactionCount.Me"/> and <see cref="PollAnswer.Me"/>.
/// </summary>
/// <param name="Id">UUIDv7, in the order of <paramref name="Seq"/> within the channel.</param>
/// <param name="Seq">Its place in the channel: the revision at which it was created.</param>
/// <param name="Rev">The channel's revision of its last change.</param>
/// <param name="Nonce">The key its author sent it with.</param>
/// <param name="ReplyTo">The message of the same channel that it answers; absent when none.</param>
/// <param name="CreatedAt">UTC with milliseconds, later than that of every message before it in the channel up to equal milliseconds within one commit.</param>
/// <param name="DeletedAt">When it was deleted: <paramref name="Content"/> is empty then, and of the members below stay <see cref="Thread"/>, <see cref="EditedAt"/> and <see cref="Reply"/>; absent: it was not.</param>
internal sealed record Message(
    Guid Id,
    Guid Channel,
    long Seq,
    long Rev,
    Author Author,
    string Content,
    string Nonce,
    Guid? ReplyTo,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DeletedAt = null)
{
    /// <summary>What it is.</summary>
    public MessageKind Kind { get; init; }

    /// <summary>When its text was last changed; absent: never.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When it was pinned; absent: it is not.</summary>
    public DateTimeOffset? PinnedAt { get; init; }

    /// <summary>Who pinned it.</summary>
    public Guid? PinnedBy { get; init; }

    /// <summary>What it answers, as that is now. Whoever keeps messages derives it anew when the answered one changes: that is no change of this one.</summary>
    public ReplyPreview? Reply { get; init; }

    /// <summary>Whom and what it mentions.</summary>
    public Mentions? Mentions { get; init; }

    /// <summary>The addresses of <c>http</c> and <c>https</c> in its text, in order, each once, at most 20.</summary>
    public IReadOnlyList<string>? Links { get; init; }

    /// <summary>Ids of files.</summary>
    public IReadOnlyList<Guid>? Attachments { get; init; }

    /// <summary>Emoji that somebody reacted with, in the order in which they first came.</summary>
    public IReadOnlyList<ReactionCount>? Reactions { get; init; }

    /// <summary>The question it asks.</summary>
    public PollState? Poll { get; init; }

    /// <summary>The thread under it.</summary>
    public ThreadLink? Thread { get; init; }

    /// <summary>What a system message tells.</summary>
    public SystemNote? System { get; init; }

    /// <summary>The same with what is kept apart.</summary>
    public Message With(MessageParts? parts) => parts is null ? this : this with
    {
        Mentions = parts.Mentions,
        Links = parts.Links,
        Attachments = parts.Attachments,
        Reactions = parts.Reactions,
        Poll = parts.Poll,
        Thread = parts.Thread,
        System = parts.System,
    };

    /// <summary>Whether it is as it was sent: nothing has changed since.</summary>
    [JsonIgnore]
    public bool Untouched => Rev == Seq;
}

/// <summary>Who wrote it, as they are called now.</summary>
/// <param name="Deleted">True when the account was erased; absent otherwise.</param>
internal sealed record Author(Guid Id, string Username, string DisplayName, bool? Deleted = null)
{
    /// <summary>The user name of everybody who was erased.</summary>
    public const string DeletedUsername = "deleted";

    /// <summary>The display name of everybody who was erased.</summary>
    public const string DeletedDisplayName = "Deleted user";
}

/// <summary>What is shown of an answered message.</summary>
/// <param name="Content">Its first <see cref="MaxCharacters"/> code points; empty once it is deleted.</param>
/// <param name="DeletedAt">When it was deleted; absent: it was not.</param>
internal sealed record ReplyPreview(Guid Id, long Seq, MessageKind Kind, Author Author, string Content, DateTimeOffset? DeletedAt = null)
{
    public const int MaxCharacters = 100;
}
