using System.Runtime.CompilerServices;
using Chat.Messaging.Data;
using Chat.Messaging.Drafts;
using Chat.Messaging.Messages;
using Chat.Messaging.Reading;
using Chat.Messaging.Scheduling;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Export;

/// <summary>
/// Reads everything somebody wrote, sent or not yet, and how they reacted and voted, as a stream that keeps no more than a page of it besides the places of some of the next. Pages are
/// fetched when the one before has been taken: a slow reader holds neither a connection nor a snapshot. See docs/decisions/0006-messages-by-author.md for the order of the queries.
/// </summary>
internal sealed class MessageExport(MessagingDbContext db)
{
    private const int PageSize = 500;

    /// <summary>8 bytes each. The index finds an author's messages in a channel but not their order: sorting is shared by this many.</summary>
    private const int PlacesAtOnce = 100_000;

    /// <summary>By channel, in the order of the history.</summary>
    public async IAsyncEnumerable<ExportedMessage> ReadAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (channel, places) in PlacesAsync(user, edited: false, cancellationToken))
        {
            foreach (var message in await PageAsync(channel, places, cancellationToken))
                yield return message;
        }
    }

    /// <summary>What their messages said before they were edited, by channel, in the order of the history, of each the oldest first.</summary>
    public async IAsyncEnumerable<ExportedEdit> ReadEditsAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (channel, places) in PlacesAsync(user, edited: true, cancellationToken))
        {
            var (seq, rev) = (0L, 0L);
            List<ExportedEdit> page;
            do
            {
                page = await EditsAsync(channel, places, seq, rev, cancellationToken);
                foreach (var edit in page)
                    yield return edit;
                if (page is [.., var last])
                    (seq, rev) = (last.Seq, last.Rev);
            }
            while (page.Count == PageSize);
        }
    }

    /// <summary>The places of what they wrote, a page of a channel at a time.</summary>
    /// <param name="edited">Only of what was edited, and not deleted.</param>
    private async IAsyncEnumerable<(Guid Channel, long[] Places)> PlacesAsync(Guid user, bool edited, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Guid.Empty;
        while (await NextChannelAsync(user, channel, cancellationToken) is { } next)
        {
            channel = next;
            long[] places = [];
            do
            {
                places = await PlacesAsync(user, channel, edited, places is [.., var last] ? last : 0, cancellationToken);
                foreach (var some in places.Chunk(PageSize))
                    yield return (channel, some);
            }
            while (places.Length == PlacesAtOnce);
        }
    }

    /// <summary>What is to be sent for them later: a page's worth at most.</summary>
    public IAsyncEnumerable<ScheduledView> ReadScheduledAsync(Guid user) =>
        db.Scheduled.AsNoTracking().Where(row => row.Author == user).OrderBy(row => row.SendAt).ThenBy(row => row.Id).AsAsyncEnumerable().Select(ScheduledView.Of);

    /// <summary>What they have begun to write: a page's worth at most.</summary>
    public async IAsyncEnumerable<DraftView> ReadDraftsAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Read to the end here: the serialiser begins with the next list before it disposes of this one, and the connection is one.
        var drafts = await db.Drafts.AsNoTracking().Where(draft => draft.User == user).OrderBy(draft => draft.Channel)
            .Select(draft => new DraftView(draft.Channel, draft.Content, draft.UpdatedAt, draft.ReplyTo)).ToListAsync(cancellationToken);
        foreach (var draft in drafts)
            yield return draft;
    }

    /// <summary>How they reacted, by channel, in the order of the history.</summary>
    public IAsyncEnumerable<ExportedReaction> ReadReactionsAsync(Guid user, CancellationToken cancellationToken) => KeysetPages.ReadAsync(
        (Channel: Guid.Empty, Seq: 0L, Emoji: ""),
        after => db.Reactions.AsNoTracking()
            .Where(row => row.User == user)
            .Where(row => EF.Functions.GreaterThan(ValueTuple.Create(row.Channel, row.Seq, row.Emoji), ValueTuple.Create(after.Channel, after.Seq, after.Emoji)))
            .OrderBy(row => row.Channel).ThenBy(row => row.Seq).ThenBy(row => row.Emoji)
            .Take(PageSize)
            .Join(db.Messages, row => new { row.Channel, row.Seq }, message => new { message.Channel, message.Seq }, (row, message) => new { row, message.Id })
            .OrderBy(found => found.row.Channel).ThenBy(found => found.row.Seq).ThenBy(found => found.row.Emoji)
            .Select(found => new ExportedReaction(found.Id, found.row.Channel, found.row.Seq, found.row.Emoji))
            .ToListAsync(cancellationToken),
        reaction => (reaction.Channel, reaction.Seq, reaction.Emoji));

    /// <summary>What they voted for, by channel, in the order of the history.</summary>
    public IAsyncEnumerable<ExportedVote> ReadVotesAsync(Guid user, CancellationToken cancellationToken) => KeysetPages.ReadAsync(
        (Channel: Guid.Empty, Seq: 0L, Answer: (short)-1),
        after => db.PollVotes.AsNoTracking()
            .Where(row => row.User == user)
            .Where(row => EF.Functions.GreaterThan(ValueTuple.Create(row.Channel, row.Seq, row.Answer), ValueTuple.Create(after.Channel, after.Seq, after.Answer)))
            .OrderBy(row => row.Channel).ThenBy(row => row.Seq).ThenBy(row => row.Answer)
            .Take(PageSize)
            .Join(db.Messages, row => new { row.Channel, row.Seq }, message => new { message.Channel, message.Seq }, (row, message) => new { row, message.Id })
            .OrderBy(found => found.row.Channel).ThenBy(found => found.row.Seq).ThenBy(found => found.row.Answer)
            .Select(found => new ExportedVote(found.Id, found.row.Channel, found.row.Seq, found.row.Answer))
            .ToListAsync(cancellationToken),
        vote => (vote.Channel, vote.Seq, vote.Answer));

    private async Task<Guid?> NextChannelAsync(Guid user, Guid after, CancellationToken cancellationToken) =>
        await db.Messages.Where(message => message.Author == user && message.Channel > after)
            .OrderBy(message => message.Channel).Select(message => (Guid?)message.Channel).FirstOrDefaultAsync(cancellationToken);

    private Task<long[]> PlacesAsync(Guid user, Guid channel, bool edited, long after, CancellationToken cancellationToken) =>
        db.Messages.Where(message => message.Author == user && message.Channel == channel && message.Seq > after)
            .Where(message => !edited || (message.EditedAt != null && message.DeletedAt == null))
            .OrderBy(message => message.Seq).Select(message => message.Seq).Take(PlacesAtOnce).ToArrayAsync(cancellationToken);

    private Task<List<ExportedEdit>> EditsAsync(Guid channel, long[] places, long seq, long rev, CancellationToken cancellationToken) =>
        db.MessageEdits
            .FromSql(
                $"""
                select f.* from unnest({places}) as p (seq)
                cross join lateral (select * from message_edits where channel = {channel} and seq = p.seq and (seq, rev) > ({seq}, {rev}) offset 0) f
                """)
            .AsNoTracking().OrderBy(edit => edit.Seq).ThenBy(edit => edit.Rev).Take(PageSize)
            .Select(edit => new ExportedEdit(
                db.Messages.Where(message => message.Channel == channel && message.Seq == edit.Seq).Select(message => message.Id).First(), channel, edit.Seq, edit.Content, edit.WrittenAt, edit.Rev))
            .ToListAsync(cancellationToken);

    private Task<List<ExportedMessage>> PageAsync(Guid channel, long[] places, CancellationToken cancellationToken) =>
        db.Messages.At(channel, places).AsNoTracking()
            .OrderBy(message => message.Seq)
            .Select(message => new ExportedMessage(message.Id, message.Channel, message.Seq, message.Content, message.CreatedAt, message.ReplyTo, message.DeletedAt, ExportedPoll.Of(message.Parts)))
            .ToListAsync(cancellationToken);
}

/// <summary>A message as its author gets it in an export.</summary>
/// <param name="DeletedAt">When it was deleted; its content is empty since.</param>
/// <param name="Poll">What it asked; absent: it is no poll.</param>
internal sealed record ExportedMessage(
    Guid Id, Guid Channel, long Seq, string Content, DateTimeOffset CreatedAt, Guid? ReplyTo, DateTimeOffset? DeletedAt = null, ExportedPoll? Poll = null);

/// <summary>What a message of the person said before an edit.</summary>
/// <param name="WrittenAt">Since when it said so.</param>
/// <param name="Rev">The channel's revision of the edit that ended it.</param>
internal sealed record ExportedEdit(Guid Message, Guid Channel, long Seq, string Content, DateTimeOffset WrittenAt, long Rev);

/// <summary>A poll as the person who asked gets it: without what others made of it.</summary>
internal sealed record ExportedPoll(string Question, IReadOnlyList<string> Answers)
{
    public static ExportedPoll? Of(MessageParts? parts) => parts?.Poll is { } poll ? new ExportedPoll(poll.Question, [.. poll.Answers.Select(answer => answer.Text)]) : null;
}

/// <summary>A reaction of the person.</summary>
/// <param name="Message">To which message.</param>
/// <param name="Seq">The message's place in its channel.</param>
internal sealed record ExportedReaction(Guid Message, Guid Channel, long Seq, string Emoji);

/// <summary>What the person chose in a poll; of several choices each.</summary>
/// <param name="Message">The poll's message.</param>
/// <param name="Seq">Its place in its channel.</param>
/// <param name="Answer">Which of its answers, from 0.</param>
internal sealed record ExportedVote(Guid Message, Guid Channel, long Seq, short Answer);
