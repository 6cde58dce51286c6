using Chat.Messaging.Messages;

namespace Chat.Messaging.Writing;

/// <summary>How a send ended.</summary>
internal abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>Committed, now or by an earlier send with the same nonce.</summary>
    public sealed record Sent(Message Message) : SendOutcome;

    /// <summary>The answered message is not in this channel. Nothing was stored.</summary>
    public sealed record ReplyNotFound : SendOutcome;

    /// <summary>Only who manages threads may write in this channel. Nothing was stored.</summary>
    public sealed record Locked : SendOutcome;

    /// <summary>The author asked to talk and has written as much as can be before the other agrees. Nothing was stored.</summary>
    public sealed record RequestPending : SendOutcome;

    /// <summary>The other asked the author to talk, which has to be agreed to first; <see cref="MessageWriter"/> does so. Nothing was stored.</summary>
    public sealed record Unanswered : SendOutcome;

    /// <summary>The thread rests: open it, then send again. Nothing was stored.</summary>
    public sealed record Archived : SendOutcome;

    /// <summary>PostgreSQL refuses the data of this very message. Nothing was stored.</summary>
    public sealed record Rejected : SendOutcome;

    /// <summary>Rights were taken away in the server since this was allowed: ask again whether it is. Nothing was stored, or an earlier send with the same nonce was.</summary>
    public sealed record Recheck : SendOutcome;

    /// <summary>The queue is full, or the message waited too long in it. Nothing was stored.</summary>
    public sealed record Busy : SendOutcome;

    /// <summary>PostgreSQL does not answer. Whether the message is stored is unknown; a retry with the same nonce finds out.</summary>
    public sealed record StoreUnavailable : SendOutcome;
}
