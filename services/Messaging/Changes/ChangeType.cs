namespace Chat.Messaging.Changes;

/// <summary>What a frame or an entry of the log calls a change. Each carries the whole message as it is then: what it says is for showing, not for keeping up.</summary>
internal static class ChangeType
{
    /// <summary>It is new, and as it was sent.</summary>
    public const string Sent = "message.sent";

    /// <summary>It was deleted: this is what is left.</summary>
    public const string Deleted = "message.deleted";

    /// <summary>In the log: it has changed since it was sent, in one way or several.</summary>
    public const string Changed = "message.changed";
}
