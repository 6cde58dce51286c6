namespace Chat.Contracts;

/// <summary>
/// Somebody did to messages or threads in a server's channel what takes the right to manage them, and what the server's audit log is to have. One event for all that one request did.
/// Says nothing of what the messages said.
/// </summary>
public sealed record MessagesModerated : IEvent
{
    /// <summary>UUIDv7 of the act: an event that comes again has the same.</summary>
    public required Guid Id { get; init; }

    /// <summary>The server's id.</summary>
    public required Guid Server { get; init; }

    /// <summary>The server's channel.</summary>
    public required Guid Channel { get; init; }

    /// <summary>The thread under that channel in which it was, or to which it was done; null: none.</summary>
    public Guid? Thread { get; init; }

    /// <summary>What was done; one of <see cref="MessageModeration"/>.</summary>
    public required string Act { get; init; }

    /// <summary>To which messages: one, but for <see cref="MessageModeration.BulkDeleted"/>, 1 to 100 of them. Of a thread: the one that it hangs under.</summary>
    public required IReadOnlyList<Guid> Messages { get; init; }

    /// <summary>Who had written them, each once. Of a thread: who opened it.</summary>
    public required IReadOnlyList<Guid> Authors { get; init; }

    /// <summary>The emoji of the reactions that were removed; null: all there were, or it is not about reactions.</summary>
    public string? Emoji { get; init; }

    /// <summary>Whose reaction was removed; null: everybody's, or it is not about reactions.</summary>
    public Guid? User { get; init; }

    /// <summary>How many reactions were removed; null: it is not about reactions.</summary>
    public int? Reactions { get; init; }

    /// <summary>The name of the thread to which it was done; null: it was not done to a thread.</summary>
    public string? Name { get; init; }

    /// <summary>The name that a renamed thread had before; null: it was not renamed.</summary>
    public string? FormerName { get; init; }

    /// <summary>Who did it.</summary>
    public required Guid By { get; init; }

    /// <summary>What they gave as reason, up to 512 characters; null: nothing.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What <see cref="MessagesModerated"/> can say was done. There may be more one day: what is not known is passed over.</summary>
public static class MessageModeration
{
    /// <summary>A message of somebody else was deleted.</summary>
    public const string Deleted = "deleted";

    /// <summary>Messages were deleted at once, not all of them by whoever did it.</summary>
    public const string BulkDeleted = "bulk_deleted";

    /// <summary>A message was pinned.</summary>
    public const string Pinned = "pinned";

    /// <summary>A message is pinned no more.</summary>
    public const string Unpinned = "unpinned";

    /// <summary>A reaction of somebody else was removed, or everybody's.</summary>
    public const string ReactionsRemoved = "reactions_removed";

    /// <summary>The poll of somebody else was closed before its time.</summary>
    public const string PollClosed = "poll_closed";

    /// <summary>The thread of somebody else was given another name.</summary>
    public const string ThreadRenamed = "thread_renamed";

    /// <summary>A thread was locked.</summary>
    public const string ThreadLocked = "thread_locked";

    /// <summary>A thread is locked no more.</summary>
    public const string ThreadUnlocked = "thread_unlocked";

    /// <summary>A thread was deleted with all that was said in it.</summary>
    public const string ThreadDeleted = "thread_deleted";
}
