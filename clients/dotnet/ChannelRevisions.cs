namespace Chat.Client;

/// <summary>
/// Checks one channel of one socket against the ordering rules, frame by frame:
/// catch-up ascends, <c>subscribed</c> names the last revision delivered, and live each revision is its predecessor plus one.
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

    public ProtocolViolation? Event(long rev)
    {
        if (Last is not { } last)
            return new ProtocolViolation(channel, 0, rev, "an event came before subscribed, though nothing was to be caught up");
        if (_live ? rev != last + 1 : rev <= last)
            return new ProtocolViolation(channel, last + 1, rev, _live ? "a live event must be the next revision" : "catch-up must ascend");
        Last = rev;
        _replayed = true;
        return null;
    }

    public ProtocolViolation? Subscribed(long rev)
    {
        if (_live)
            return new ProtocolViolation(channel, Last ?? 0, rev, "subscribed came twice");
        if (Last is { } last && rev != last)
            return new ProtocolViolation(channel, last, rev, "subscribed must name the last revision delivered");
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
}
