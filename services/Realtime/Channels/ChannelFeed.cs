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
    private Guid _server;
    private Guid? _parent;
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

    /// <summary>The last revision heard of, delivered or not.</summary>
    public long Seen
    {
        get
        {
            lock (_gate)
                return _seen;
        }
    }

    /// <summary>Whether this is a thread of that channel, as far as any subscription knows.</summary>
    public bool HangsIn(Guid parent)
    {
        lock (_gate)
            return _parent == parent || _pending.Any(subscription => subscription.Parent == parent);
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

    /// <summary>
    /// Delivers a page of the log, which is complete up to its end: a revision that it lacks is contained in a later one. <paramref name="to"/> is what was missing when
    /// the page was asked for; <paramref name="entitled"/> are those whose right was asked after that. Everybody else reads the log for themselves.
    /// </summary>
    /// <returns>How many events were new.</returns>
    public int Fill(LogPage page, long to, IReadOnlySet<Subscription> entitled)
    {
        var filled = 0;
        lock (_gate)
        {
            foreach (var entry in page.Items)
            {
                if (entry.Rev <= _last)
                    continue;
                Deliver(ChannelEvent.From(Channel, entry), entitled);
                filled++;
            }
            if (!page.More && _last < page.Rev)
                _last = page.Rev;
            // Who catches up must not take from memory what was not yet to be asked about when it happened.
            _recent.Clear();
            if (!page.More && _last < to && _seen == to)
            {
                // Events are published after their commit, so what the log lacks never happened.
                _seen = _last.Value;
                _held.Clear();
            }
            DeliverHeld();
        }
        return filled;
    }

    /// <summary>Rights were lost in a server. Whoever may be concerned gets nothing until the permissions were asked again.</summary>
    /// <param name="server">The server.</param>
    /// <param name="only">The one subscription concerned; null: everybody's.</param>
    public void Doubt(Guid server, Subscription? only = null)
    {
        lock (_gate)
        {
            if (_server != server && _server != Guid.Empty)
                return;
            foreach (var subscription in _pending.Where(Concerned))
                subscription.Doubt();
            for (var i = _live.Count - 1; i >= 0; i--)
            {
                if (!Concerned(_live[i]))
                    continue;
                _live[i].Doubt();
                SetAside(i);
            }
        }

        // A server that is not known yet is looked up in the memory of losses once it is.
        bool Concerned(Subscription subscription) => only is null ? subscription.Server == server : subscription == only;
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
                subscription.StartAt(to, has: true);
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
            if (!subscription.Certain || (_last is null && !complete))
                return false;
            var last = _last ??= subscription.Cursor;
            _seen = Math.Max(_seen, last);
            if (subscription.Cursor < last && !Bridge(subscription, last))
                return false;
            _pending.Remove(subscription);
            ForgetRecent();
            _live.Add(subscription);
            (_server, _parent) = (subscription.Server, subscription.Parent);
            subscription.Live = true;
            subscription.TellPosition();
            Advance();
            return true;
        }
    }

    /// <summary>Brings a subscription from its cursor to the last revision delivered, if that can be done from memory.</summary>
    private bool Bridge(Subscription subscription, long last)
    {
        if (subscription.SkipsToNow)
        {
            subscription.StartAt(last, has: false);
            return true;
        }
        if (_recent.After(subscription.Cursor) is not { } recent)
            return false;
        foreach (var change in recent)
        {
            if (!subscription.TrySend(change))
                return false;
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

    private void Deliver(ChannelEvent change, IReadOnlySet<Subscription>? entitled = null)
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
            if (entitled?.Contains(subscription) == false)
            {
                SetAside(i);
            }
            else if (subscription.TrySend(change))
            {
                receivers++;
            }
            else
            {
                telemetry.Overflow();
                SetAside(i);
            }
        }
        telemetry.Pushed(push, change, receivers);
    }

    /// <summary>A live subscription goes back to catching up: from memory or the log, once its right was asked and its socket has room.</summary>
    private void SetAside(int index)
    {
        var subscription = _live[index];
        _live[index] = _live[^1];
        _live.RemoveAt(_live.Count - 1);
        _pending.Add(subscription);
        subscription.Live = false;
        catchUp.Resume(this, subscription);
    }

    private void ForgetRecent()
    {
        if (_pending.Count == 0)
            _recent.Clear();
    }
}
