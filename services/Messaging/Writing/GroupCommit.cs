using Chat.Contracts;
using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Events;
using Npgsql;

namespace Chat.Messaging.Writing;

/// <summary>
/// One transaction for a group of messages, in two round trips. The first locks the channel rows in the order of their ids, so that lanes and
/// replicas cannot deadlock, and then, under the locks, finds the nonces that are stored already, the messages that are answered and what the
/// authors are called. The second raises each channel's revision, inserts messages and outbox rows, and commits. Before the first message of
/// a channel its row is made by <see cref="ChannelAdoption"/>.
/// </summary>
/// <remarks>
/// A message is stored at most once per (channel, author, nonce): repetitions within the group share the first one's outcome, earlier
/// ones are found under the lock, and a unique index stands behind both. Identifiers and times are given under the lock too, so
/// they follow <c>seq</c> however the clocks of two replicas differ. A message that was allowed before a loss of rights finds the loss in the
/// row that is locked (<see cref="Fences.Fence"/>) and is not stored, nor told whether it was before.
/// </remarks>
internal sealed class GroupCommit(NpgsqlDataSource store, Outbox outbox, WriterTelemetry telemetry, TimeProvider clock)
{
    /// <summary>Commits the group and answers each of its messages. When it throws, none was answered and the whole group may be run again.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL does not answer, or refuses something in the group.</exception>
    /// <exception cref="OperationCanceledException">The time is up. The group may have been committed all the same.</exception>
    public async Task RunAsync(IReadOnlyList<PendingMessage> group, CancellationToken cancellationToken)
    {
        var repetitions = group.ToLookup(pending => pending.Key);
        var distinct = repetitions.Select(same => same.First()).ToArray();

        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var found = await GroupSql.LockAsync(connection, distinct, cancellationToken);
        if (distinct.Where(pending => !found.Channels.ContainsKey(pending.Channel)).ToArray() is { Length: > 0 } strays)
        {
            await ChannelAdoption.InsteadAsync(connection, strays, cancellationToken);
            found = await GroupSql.LockAsync(connection, distinct, cancellationToken);
        }

        var (outcomes, placed) = Place(distinct, found);
        await GroupInserts.CommitAsync(connection, placed, found, cancellationToken);
        if (placed.Count > 0)
            outbox.Wake();

        for (var i = 0; i < distinct.Length; i++)
        {
            foreach (var pending in repetitions[distinct[i].Key])
                pending.Answer(outcomes[i]);
        }
    }

    private (SendOutcome[] Outcomes, List<PlacedMessage> Placed) Place(PendingMessage[] distinct, GroupState found)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var outcomes = new SendOutcome[distinct.Length];
        var placed = new List<PlacedMessage>(distinct.Length);
        foreach (var (i, pending) in distinct.Index())
        {
            // First of all: without the right there is no answer, not even to a repetition. Without a row the right was gone before the channel had one.
            if (!found.Channels.TryGetValue(pending.Channel, out var channel) || pending.Access.Rev < channel.AccessRev)
            {
                outcomes[i] = new SendOutcome.Recheck();
                telemetry.Rechecked();
            }
            else if (found.Known.TryGetValue(i, out var known))
            {
                outcomes[i] = new SendOutcome.Sent(known);
            }
            else if (channel.Locked && !pending.Access.Allows(Permissions.ManageThreads))
            {
                outcomes[i] = new SendOutcome.Locked();
            }
            else if (channel.Requested(pending.Author.Id) is { } request)
            {
                outcomes[i] = request;
            }
            else if (channel.Archived && pending.Message.Kind == MessageKind.Text)
            {
                outcomes[i] = new SendOutcome.Archived();
            }
            else if (pending.Message.ReplyTo is not null && !found.Replies.ContainsKey(i))
            {
                outcomes[i] = new SendOutcome.ReplyNotFound();
            }
            else
            {
                var author = found.Authors.GetValueOrDefault(pending.Author.Id, pending.Author);
                var next = channel.Next(pending, author, found.Replies.GetValueOrDefault(i), now);
                placed.Add(next);
                outcomes[i] = new SendOutcome.Sent(next.Message);
            }
        }

        return (outcomes, placed);
    }
}

/// <summary>A message that has its place in the channel.</summary>
/// <param name="Nr">How many messages that count as unread the channel has had up to here.</param>
/// <param name="Parts">What it has besides text; null: nothing.</param>
internal sealed record PlacedMessage(PendingMessage Pending, Message Message, long Nr, MessageParts? Parts);

/// <summary>What was found under the locks; messages of the group by their index in it.</summary>
internal sealed record GroupState(
    IReadOnlyDictionary<Guid, ChannelCounter> Channels,
    IReadOnlyDictionary<int, Message> Known,
    IReadOnlyDictionary<int, ReplyPreview> Replies,
    IReadOnlyDictionary<Guid, Author> Authors);

/// <summary>The locked counter of a channel, from which the messages of the group take their places.</summary>
internal sealed class ChannelCounter(long rev, DateTimeOffset lastAt, long posts, Guid? requestedBy)
{
    private readonly DateTimeOffset _earliest = lastAt.AddMilliseconds(1);
    private int _taken;
    private long _posts = posts;

    /// <summary>Permissions of earlier revisions of the server do not count.</summary>
    public required long AccessRev { get; init; }

    /// <summary>Nobody writes here but who manages threads.</summary>
    public required bool Locked { get; init; }

    /// <summary>A thread that rests: it is to be opened first.</summary>
    public required bool Archived { get; init; }

    public required ChannelKind Kind { get; init; }

    /// <summary>What an unanswered request to talk makes of a message; null: it may be written.</summary>
    public SendOutcome? Requested(Guid author) =>
        requestedBy is not { } asker ? null
        : author != asker ? new SendOutcome.Unanswered()
        // Nobody else has written, or it would be answered.
        : _posts >= MessageRequests.MaxUnanswered ? new SendOutcome.RequestPending()
        : null;

    public PlacedMessage Next(PendingMessage pending, Author author, ReplyPreview? reply, DateTimeOffset now)
    {
        var at = now > _earliest ? now : _earliest;
        var seq = rev + 1 + _taken;
        var id = MessageId.Create(at, _taken++);
        var sent = pending.Message;
        if (sent.Kind == MessageKind.Text)
            _posts++;
        var parts = sent.PartsAt(at);
        var message = new Message(id, pending.Channel, seq, seq, author, sent.Content, sent.Nonce, sent.ReplyTo, at) { Kind = sent.Kind, Reply = reply }.With(parts);
        return new PlacedMessage(pending, message, _posts, parts);
    }
}
