using System.Text.Json;

namespace Chat.Contracts;

/// <summary>Something happened to a message. Carries the whole message as clients see it at that revision, so that nobody needs to look it up.</summary>
public interface IMessageEvent : IChannelEvent
{
    /// <summary>The message's id.</summary>
    Guid Message { get; }

    /// <summary>The message exactly as <c>GET channels/{id}/messages</c> answers it, but for what only the asker is told.</summary>
    JsonElement Body { get; }
}

/// <summary>A message was committed.</summary>
public sealed record MessageSent : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>Who sent it.</summary>
    public required Guid Author { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A message says something else now.</summary>
public sealed record MessageEdited : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A message was deleted: its place in the channel stays, its content is gone.</summary>
public sealed record MessageDeleted : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>Who deleted it; null when a ban did.</summary>
    public Guid? By { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A message was pinned, or is pinned no more.</summary>
public sealed record MessagePinned : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>Whether it is pinned now.</summary>
    public required bool Pinned { get; init; }

    /// <summary>Who did it.</summary>
    public required Guid By { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody reacted to a message, or took a reaction back; or all of an emoji, or all there were, were removed.</summary>
public sealed record ReactionsChanged : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>Whose reaction it is; null when those of several were removed.</summary>
    public Guid? User { get; init; }

    /// <summary>The emoji; null when all were removed.</summary>
    public string? Emoji { get; init; }

    /// <summary>Whether it was added.</summary>
    public required bool Added { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody voted in a poll, or took the vote back, or the poll was closed.</summary>
public sealed record PollChanged : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>Who voted or closed it; null when it was closed by time.</summary>
    public Guid? User { get; init; }

    /// <summary>Whether it is closed now.</summary>
    public required bool Closed { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A message has a thread now, or its thread has another name, rests, was locked, or is gone.</summary>
public sealed record ThreadChanged : IMessageEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required Guid Message { get; init; }

    /// <summary>The thread's own channel.</summary>
    public required Guid Thread { get; init; }

    /// <inheritdoc/>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A thread was deleted, and what was said in it is to go.</summary>
public sealed record ThreadDeleted : IEvent
{
    /// <summary>The thread's own channel.</summary>
    public required Guid Thread { get; init; }

    /// <summary>The channel it hung in.</summary>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>How far somebody has read in a channel, or whether it is muted for them, changed. For that person's own devices alone.</summary>
public sealed record ReadStateChanged : IEvent
{
    /// <summary>Whose it is.</summary>
    public required Guid User { get; init; }

    /// <summary>The channel.</summary>
    public required Guid Channel { get; init; }

    /// <summary>The read state exactly as <c>GET read-states</c> answers it.</summary>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A conversation is new to somebody, or changed: its members, name, icon, owner or state. For those named alone.</summary>
public sealed record ConversationChanged : IEvent
{
    /// <summary>The conversation, which is a channel with this id.</summary>
    public required Guid Conversation { get; init; }

    /// <summary>Who is to be told.</summary>
    public required IReadOnlyList<Guid> Users { get; init; }

    /// <summary>The conversation exactly as <c>GET conversations/{id}</c> answers it to all of them; null when they are no longer in it.</summary>
    public JsonElement? Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A group has nobody in it any more: everything that was said in it goes.</summary>
public sealed record ConversationDeleted : IEvent
{
    /// <summary>The conversation's id.</summary>
    public required Guid Conversation { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>How much was said in a server's channels since the last time this was told.</summary>
public sealed record ServerActivityMeasured : IEvent
{
    /// <summary>The server's id.</summary>
    public required Guid Server { get; init; }

    /// <summary>Changes in its channels in that time, at least 1.</summary>
    public required long Changes { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
