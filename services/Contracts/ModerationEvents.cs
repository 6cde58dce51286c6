namespace Chat.Contracts;

/// <summary>
/// Somebody did to messages in a server's channel what takes the right to manage messages, and what the server's audit log is to have. One event for all that one request did.
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

    /// <summary>The thread under that channel in which it was; null: not in a thread.</summary>
    public Guid? Thread { get; init; }

    /// <summary>What was done; one of <see cref="MessageModeration"/>.</summary>
    public required string Act { get; init; }

    /// <summary>To which messages: one, but for <see cref="MessageModeration.BulkDeleted"/>, 1 to 100 of them.</summary>
    public required IReadOnlyList<Guid> Messages { get; init; }

    /// <summary>Who had written them, each once.</summary>
    public required IReadOnlyList<Guid> Authors { get; init; }

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
}
