using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Chat.Client;

/// <summary>
/// The socket: connects with a fresh ticket, identifies, keeps the heartbeat, and after a loss connects again (with jitter) and renews every
/// subscription from the last revision it has, so that frames of a channel continue where they stopped. Each frame is checked against the
/// ordering rules of the protocol; see <see cref="Violations"/>. One reader; the other members are thread-safe.
/// </summary>
public sealed class ChatSocket : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<SocketTicket>> _ticket;
    private readonly ChatSocketOptions _options;
    private readonly Channel<SocketFrame> _frames;
    private readonly ConcurrentQueue<ProtocolViolation> _violations = new();
    private readonly ConcurrentDictionary<Guid, PendingAnswer> _answers = new();
    private readonly Dictionary<Guid, ChannelRevisions> _channels = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<ReadyFrame> _firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SocketLink? _link;
    private Task? _run;

    /// <param name="ticket">Gets a fresh ticket; called for every connection. <see cref="ChatClient.TicketAsync"/> fits.</param>
    public ChatSocket(Func<CancellationToken, Task<SocketTicket>> ticket, ChatSocketOptions? options = null)
    {
        _ticket = ticket;
        _options = options ?? new ChatSocketOptions();
        _frames = Channel.CreateBounded<SocketFrame>(new BoundedChannelOptions(_options.FrameBuffer) { SingleReader = true });
    }

    /// <summary>Every breach of the ordering rules seen so far. Empty with a correct server.</summary>
    public IReadOnlyCollection<ProtocolViolation> Violations => _violations;

    /// <summary>How many connections were established, the first included.</summary>
    public int Connections { get; private set; }

    /// <summary>Connects and returns who this is. Keeps trying until it succeeds, the server refuses for good, or <paramref name="cancel"/>.</summary>
    public async Task<ReadyFrame> ConnectAsync(CancellationToken cancel = default)
    {
        lock (_gate)
            _run ??= Task.Run(RunAsync, CancellationToken.None);
        return await _firstReady.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Subscribes to a channel and returns the revision from which events are live. With <paramref name="after"/> everything later is delivered
    /// first, in order (or a <see cref="ResyncFrame"/> when it is too much). Survives reconnects until <see cref="UnsubscribeAsync"/> or lost access.
    /// </summary>
    /// <exception cref="ChatApiException">The server refused, for example <c>channel_not_found</c>.</exception>
    public async Task<long> SubscribeAsync(Guid channel, long? after = null, CancellationToken cancel = default)
    {
        var answer = _answers.GetOrAdd(channel, _ => new PendingAnswer());
        SocketLink? link;
        lock (_gate)
        {
            _channels[channel] = new ChannelRevisions(channel, after);
            link = _link;
        }
        try
        {
            if (link is not null)
                await link.SendAsync(ClientFrames.Subscribe(channel, after), cancel).ConfigureAwait(false);
        }
        catch (WebSocketException)
        {
            // Without a link the next connection subscribes by itself.
        }
        return await answer.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Ends a subscription. Frames already on their way may still come.</summary>
    public async Task UnsubscribeAsync(Guid channel, CancellationToken cancel = default)
    {
        SocketLink? link;
        lock (_gate)
            link = _channels.ContainsKey(channel) ? _link : null;
        if (link is not null)
            await link.SendAsync(ClientFrames.Unsubscribe(channel), cancel).ConfigureAwait(false);
        else
            Forget(channel, "unsubscribed");
    }

    /// <summary>The last revision received of a channel, or null when it is not subscribed or has not started.</summary>
    public long? Revision(Guid channel)
    {
        lock (_gate)
            return _channels.TryGetValue(channel, out var revisions) ? revisions.Last : null;
    }

    /// <summary>The frames, in order, until the socket is disposed or refused for good.</summary>
    /// <exception cref="ProtocolViolationException">The server broke the protocol and <see cref="ChatSocketOptions.ThrowOnViolation"/> is set.</exception>
    public async IAsyncEnumerable<SocketFrame> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var frame in _frames.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            yield return frame;
    }

    /// <summary>Drops the connection without a close, as a lost network does; the socket then reconnects. For tests and load.</summary>
    public void Drop() => _link?.Abort();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_run is { } run)
            await run.ConfigureAwait(false);
        _frames.Writer.TryComplete();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var (frame, wait) = await ConnectionAsync(() => attempt = 0).ConfigureAwait(false);
                await _frames.Writer.WriteAsync(frame, _stop.Token).ConfigureAwait(false);
                if (frame.Final)
                {
                    failure = new WebSocketException($"The server refused the socket: {frame.Code} {frame.Reason}");
                    break;
                }
                await Task.Delay(wait ?? Backoff.Next(attempt, TimeSpan.FromMilliseconds(250), _options.LongestBackoff), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            failure = new ObjectDisposedException(nameof(ChatSocket));
        }
        catch (Exception broken) when (broken is ProtocolViolationException or ChatApiException)
        {
            failure = broken;
        }
        _firstReady.TrySetException(failure);
        foreach (var answer in _answers.Values)
            answer.Fail(failure);
        _frames.Writer.TryComplete(failure as ProtocolViolationException);
    }

    private async Task<(DisconnectedFrame Frame, TimeSpan? Wait)> ConnectionAsync(Action onReady)
    {
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        SocketLink? link = null;
        try
        {
            link = await OpenAsync(connection.Token).ConfigureAwait(false);
            onReady();
            var heartbeat = link.HeartbeatAsync(connection.Token);
            await RenewAsync(link, connection.Token).ConfigureAwait(false);
            while (await link.ReceiveAsync(connection.Token).ConfigureAwait(false) is { } frame)
                await AcceptAsync(frame, connection.Token).ConfigureAwait(false);
            await connection.CancelAsync().ConfigureAwait(false);
            await heartbeat.ConfigureAwait(false);
        }
        catch (ChatApiException refused) when (refused.IsTransient)
        {
            return (new DisconnectedFrame(null, refused.Message, Final: false), refused.RetryAfter);
        }
        catch (Exception lost) when (lost is WebSocketException or ObjectDisposedException or IOException or HttpRequestException
            || (lost is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            return (new DisconnectedFrame(null, lost.Message, Final: !_options.Reconnect), null);
        }
        finally
        {
            lock (_gate)
                _link = null;
            await connection.CancelAsync().ConfigureAwait(false);
            if (link is not null)
                await link.DisposeAsync().ConfigureAwait(false);
        }
        var final = !_options.Reconnect || link.CloseCode is 4002 or 4003 or 4009;
        return (new DisconnectedFrame(link.CloseCode, link.CloseReason, final), link.ReconnectAfter);
    }

    private async Task<SocketLink> OpenAsync(CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(_options.ConnectTimeout);
        var ticket = await _ticket(timeout.Token).ConfigureAwait(false);
        var link = await SocketLink.ConnectAsync(ticket.Url, timeout.Token).ConfigureAwait(false);
        try
        {
            var ready = await link.IdentifyAsync(timeout.Token).ConfigureAwait(false);
            Connections++;
            await _frames.Writer.WriteAsync(ready, cancel).ConfigureAwait(false);
            _firstReady.TrySetResult(ready);
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task RenewAsync(SocketLink link, CancellationToken cancel)
    {
        List<(Guid Channel, long? After)> renew = [];
        lock (_gate)
        {
            foreach (var (channel, revisions) in _channels)
            {
                revisions.Restart();
                renew.Add((channel, revisions.Last));
            }
            _link = link;
        }
        foreach (var group in renew.Chunk(ClientFrames.MostChannels))
            await link.SendAsync(ClientFrames.Subscribe(group), cancel).ConfigureAwait(false);
    }

    private async Task AcceptAsync(SocketFrame frame, CancellationToken cancel)
    {
        switch (frame)
        {
            case ChannelEventFrame e:
                Check(e.Channel, revisions => revisions.Event(e.Rev, e.After));
                break;
            case SubscribedFrame s:
                Check(s.Channel, revisions => revisions.Subscribed(s.Rev, s.After));
                Answer(s.Channel)?.Succeed(s.Rev);
                break;
            case ResyncFrame r:
                Check(r.Channel, revisions => revisions.Resync(r.Rev));
                Answer(r.Channel)?.Succeed(r.Rev);
                break;
            case UnsubscribedFrame u:
                Forget(u.Channel, u.Reason);
                break;
            case ErrorFrame { Of: "subscribe", Channel: { } channel } e when e.Code is not "already_subscribed":
                Forget(channel, e.Code);
                break;
        }
        await _frames.Writer.WriteAsync(frame, cancel).ConfigureAwait(false);
    }

    private PendingAnswer? Answer(Guid channel) => _answers.TryRemove(channel, out var answer) ? answer : null;

    private void Forget(Guid channel, string code)
    {
        lock (_gate)
            _channels.Remove(channel);
        Answer(channel)?.Fail(new ChatApiException(System.Net.HttpStatusCode.NotFound, code, $"The channel is not subscribed: {code}.", null));
    }

    private void Check(Guid channel, Func<ChannelRevisions, ProtocolViolation?> rule)
    {
        ProtocolViolation? violation;
        lock (_gate)
        {
            violation = _channels.TryGetValue(channel, out var revisions)
                ? rule(revisions)
                : new ProtocolViolation(channel, 0, 0, "a frame came for a channel that is not subscribed");
        }
        if (violation is null)
            return;
        _violations.Enqueue(violation);
        if (_options.ThrowOnViolation)
            throw new ProtocolViolationException(violation);
    }
}
