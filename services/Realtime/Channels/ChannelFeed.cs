using Chat.Realtime.Sockets;

namespace Chat.Realtime.Channels;

/// <summary>
/// One channel that somebody here is subscribed to: delivers its events in the order of their revisions, each once, never past a missing one.
/// Exists only while it has subscriptions.
/// </summary>
internal sealed class ChannelFeed(Guid channel, CatchUp catchUp, GapFill gaps, RealtimeTelemetry telemetry, Action<ChannelFeed> retired)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Subscription> _pending = [];
    private readonly List<Subscription> _live = [];
    private readonly HeldEvents _held = new();
    private readonly RecentEvents _recent = new();
    private long? _last;
    private long _seen;
    private bool _filling;
    private bool _retired;

    public Guid Channel { get; } = channel;

    /// <summary>The last revision delivered; null until the first subscription is live.</summary>
    public long? Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    /// <summary>False when the feed has just retired: another must be made.</summary>
    public bool TryJoin(Subscription subscription)
    {
        lock (_gate)
        {
            if (_retired)
                return false;
            _pending.Add(subscription);
        }
        telemetry.Subscriptions(1);
        return true;
    }

    /// <summary>Ends a subscription; false when it had ended.</summary>
    public bool End(Subscription subscription)
    {
        lock (_gate)
        {
            if (subscription.Ended)
                return false;
            subscription.Ended = true;
            if (!_pending.Remove(subscription))
                _live.Remove(subscription);
            subscription.Client.Subscriptions.TryRemove(KeyValuePair.Create(Channel, subscription));
            ForgetRecent();
            _retired = _pending.Count == 0 && _live.Count == 0;
        }
        telemetry.Subscriptions(-1);
        if (_retired)
            retired(this);
        return true;
    }

    /// <summary>Ends a subscription whose person may no longer see the channel, and says so.</summary>
    public void Lose(Subscription subscription)
    {
        if (End(subscription))
            subscription.Client.Tell(Frames.Unsubscribed(Channel, "access_lost"));
    }

    /// <summary>An event came by the bus: in order, early, or once more.</summary>
    public void Offer(ChannelEvent change)
    {
        lock (_gate)
        {
            _seen = Math.Max(_seen, change.Rev);
            if (change.Rev == _last + 1)
                Deliver(change);
            else if (_last is null || change.Rev > _last)
                _held.Add(change);
            Advance();
        }
    }

    /// <summary>The log is known to reach a revision that the bus may have lost.</summary>
    public void Expect(long rev)
    {
        lock (_gate)
        {
            _seen = Math.Max(_seen, rev);
            Advance();
        }
    }

    /// <summary>What is missing: everything after <c>After</c> up to <c>To</c>; null when nothing is, and then no fill is under way any more.</summary>
    public (long After, long To)? Gap()
    {
        lock (_gate)
        {
            if (!_retired && _last is { } last && last < _seen)
                return (last, _seen);
            _filling = false;
            return null;
        }
    }

    /// <summary>Delivers a page of the log, which is complete up to its end. <paramref name="to"/> is what was missing when the page was asked for.</summary>
    /// <returns>How many events were new.</returns>
    public int Fill(IEnumerable<ChannelEvent> page, bool more, long to)
    {
        var filled = 0;
        lock (_gate)
        {
            foreach (var change in page)
            {
                if (change.Rev <= _last)
                    continue;
                Deliver(change);
                filled++;
            }
            if (!more && _last < to && _seen == to)
            {
                // Events are published after their commit, so what the log lacks never happened.
                _seen = _last.Value;
                _held.Clear();
            }
            DeliverHeld();
        }
        return filled;
    }

    /// <summary>The log ends before what was delivered: it was restored from a backup. Everybody starts anew from its end.</summary>
    public void Rewind(long from, long to)
    {
        lock (_gate)
        {
            if (_last != from)
                return;
            (_last, _seen) = (to, to);
            _held.Clear();
            _recent.Clear();
            foreach (var subscription in _live)
            {
                subscription.Cursor = to;
                subscription.Client.Tell(Frames.Resync(Channel, to));
            }
        }
    }

    public Subscription[] Live()
    {
        lock (_gate)
            return [.. _live];
    }

    /// <summary>
    /// Makes a subscription live at its cursor, in one step with what is delivered. False when it must first fetch more.
    /// </summary>
    /// <param name="complete">The cursor is the end of the log, read after the subscription had joined.</param>
    public bool TryGoLive(Subscription subscription, bool complete)
    {
        lock (_gate)
        {
            if (subscription.Ended)
                return true;
            if (_last is null && !complete)
                return false;
            var last = _last ??= subscription.Cursor;
            _seen = Math.Max(_seen, last);
            if (subscription.Cursor < last && !Bridge(subscription, last))
                return false;
            _pending.Remove(subscription);
            ForgetRecent();
            _live.Add(subscription);
            subscription.Live = true;
            if (subscription.Announce is not Announcement.None)
                subscription.Client.Tell(subscription.Announce is Announcement.Resync ? Frames.Resync(Channel, subscription.Cursor) : Frames.Subscribed(Channel, subscription.Cursor));
            subscription.Announce = Announcement.None;
            subscription.SkipsToNow = false;
            Advance();
            return true;
        }
    }

    /// <summary>Brings a subscription from its cursor to the last revision delivered, if that can be done from memory.</summary>
    private bool Bridge(Subscription subscription, long last)
    {
        if (subscription.SkipsToNow)
        {
            subscription.Cursor = last;
            return true;
        }
        if (_recent.After(subscription.Cursor) is not { } recent)
            return false;
        foreach (var change in recent)
        {
            if (!subscription.Client.Outbound.TryEvent(change.Frame, subscription))
                return false;
            subscription.Cursor = change.Rev;
            telemetry.CaughtUp();
        }
        return subscription.Cursor == last;
    }

    private void Advance()
    {
        DeliverHeld();
        if (_last < _seen && !_filling)
        {
            _filling = true;
            gaps.Start(this);
        }
    }

    private void DeliverHeld()
    {
        while (_last is { } last && _held.Take(last + 1) is { } next)
            Deliver(next);
    }

    private void Deliver(ChannelEvent change)
    {
        _last = change.Rev;
        if (_pending.Count > 0)
            _recent.Add(change);
        if (_live.Count == 0)
            return;
        using var push = RealtimeTelemetry.StartPush(change);
        var receivers = 0;
        for (var i = _live.Count - 1; i >= 0; i--)
        {
            var subscription = _live[i];
            if (subscription.Cursor >= change.Rev)
                continue;
            if (subscription.Client.Outbound.TryEvent(change.Frame, subscription))
            {
                subscription.Cursor = change.Rev;
                receivers++;
            }
            else
            {
                FallBehind(subscription, i);
            }
        }
        telemetry.Pushed(push, change, receivers);
    }

    /// <summary>The socket does not take any more: its subscription continues from the log once there is room.</summary>
    private void FallBehind(Subscription subscription, int index)
    {
        _live[index] = _live[^1];
        _live.RemoveAt(_live.Count - 1);
        _pending.Add(subscription);
        subscription.Live = false;
        telemetry.Overflow();
        catchUp.Resume(this, subscription);
    }

    private void ForgetRecent()
    {
        if (_pending.Count == 0)
            _recent.Clear();
    }
}
