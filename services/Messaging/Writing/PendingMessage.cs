using System.Diagnostics;
using Chat.Access;
using Chat.Messaging.Messages;

namespace Chat.Messaging.Writing;

/// <summary>A send on its way through a lane: what to store, and who waits for the outcome.</summary>
internal sealed class PendingMessage(Guid channel, ChannelAccess access, Author author, ValidMessage message, Activity? append, long queuedAt)
{
    // The lane must not run the rest of a request between two commits.
    private readonly TaskCompletionSource<SendOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Channel => channel;

    /// <summary>What allowed it: the channel's server, and the revision of it that this was true of.</summary>
    public ChannelAccess Access => access;

    public Author Author => author;

    public ValidMessage Message => message;

    /// <summary>The span of this send in its own trace; null when nobody records it.</summary>
    public Activity? Append => append;

    /// <summary>When it was queued, as a time stamp of the <see cref="TimeProvider"/>.</summary>
    public long QueuedAt => queuedAt;

    /// <summary>What makes two sends the same message.</summary>
    public (Guid Channel, Guid Author, string Nonce) Key => (channel, author.Id, message.Nonce);

    public Task<SendOutcome> Outcome => _outcome.Task;

    public void Answer(SendOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception exception) => _outcome.TrySetException(exception);
}
