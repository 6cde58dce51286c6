namespace Chat.Messaging.Messages;

/// <summary>A message as clients see it: in answers, in the change log and in events alike.</summary>
/// <param name="Id">UUIDv7, in the order of <paramref name="Seq"/> within the channel.</param>
/// <param name="Seq">Its place in the channel: the revision at which it was created.</param>
/// <param name="Rev">The channel's revision of its last change.</param>
/// <param name="Nonce">The key its author sent it with.</param>
/// <param name="ReplyTo">The message of the same channel that it answers; absent when none.</param>
/// <param name="CreatedAt">UTC with milliseconds, later than that of every message before it in the channel up to equal milliseconds within one commit.</param>
/// <param name="DeletedAt">When it was deleted: <paramref name="Content"/> is empty then; absent: it was not.</param>
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
    DateTimeOffset? DeletedAt = null);

/// <summary>Who wrote it, as they are called now.</summary>
/// <param name="Deleted">True when the account was erased; absent otherwise.</param>
internal sealed record Author(Guid Id, string Username, string DisplayName, bool? Deleted = null)
{
    /// <summary>The user name of everybody who was erased.</summary>
    public const string DeletedUsername = "deleted";

    /// <summary>The display name of everybody who was erased.</summary>
    public const string DeletedDisplayName = "Deleted user";
}
