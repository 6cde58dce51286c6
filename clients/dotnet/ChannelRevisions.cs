namespace Chat.Client;

/// <summary>
/// Checks one channel of one socket against the ordering rules, frame by frame:
/// each revision is its predecessor plus one, or its frame names the predecessor in <c>after</c>; <c>subscribed</c> names the last revision delivered.
/// </summary>
internal sealed class ChannelRevisions(Guid channel, long? known)
{
    private bool _live;
    private bool _replayed;

    /// <summary>The last revision this client has, or null before the first <c>subscribed</c> of a subscription without one.</summary>
    public long? Last { get; private set; } = known;

    /// <summary>The subscription is asked for anew, from <see cref="Last"/>.</summary>
    public void Restart()
    {
        _live = false;
        _replayed = false;
    }

    /// <param name="after">What the frame says of the revisions before it: all between that one and this are contained in later changes.</param>
    public ProtocolViolation? Event(long rev, long? after)
    {
        if (Last is not { } last)
            return new ProtocolViolation(channel, 0, rev, "an event came before subscribed, though nothing was to be caught up");
        if (rev <= last || !Follows(last, rev, after))
            return new ProtocolViolation(channel, last + 1, rev, "an event must be the next revision, or say after which one it comes");
        Last = rev;
        _replayed = true;
        return null;
    }

    public ProtocolViolation? Subscribed(long rev, long? after)
    {
        if (_live)
            return new ProtocolViolation(channel, Last ?? 0, rev, "subscribed came twice");
        if (Last is { } last && rev != last && !(rev > last && after == last))
            return new ProtocolViolation(channel, last, rev, "subscribed must name the last revision delivered, or say after which one it comes");
        Last = rev;
        _live = true;
        return null;
    }

    public ProtocolViolation? Resync(long rev)
    {
        if (_replayed && Last is { } last && rev <= last)
            return new ProtocolViolation(channel, last + 1, rev, "resync must lie ahead of what was delivered");
        Last = rev;
        _live = true;
        return null;
    }

    private static bool Follows(long last, long rev, long? after) => after is { } said ? said == last : rev == last + 1;
}
