using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Changes;

/// <summary>Reads what happened in channels after a revision.</summary>
internal sealed class ChangeLog(MessagingDbContext db)
{
    /// <summary>
    /// The changes after <paramref name="after"/>, at most <paramref name="limit"/>. Items and revision come from one statement, which is one
    /// snapshot: a client that applies page after page always holds exactly the changes up to the revision it was given.
    /// A channel without messages has revision 0.
    /// </summary>
    public async Task<Fenced<ChangePage>> ReadAsync(Guid channel, long after, int limit, CancellationToken cancellationToken)
    {
        var changed =
            from message in db.Messages
            where message.Channel == channel && message.Rev > after
            orderby message.Rev
            select message;
        var rows = await (
            from counter in db.Channels
            where counter.Id == channel
            from message in changed.Take(limit + 1).DefaultIfEmpty()
            join author in db.Authors on message.Author equals author.Id into authors
            from author in authors.DefaultIfEmpty()
            select new
            {
                Current = counter.Rev,
                counter.AccessRev,
                Message = message == null ? null : new Message(
                    message.Id, message.Channel, message.Seq, message.Rev, new Author(author.Id, author.Username, author.DisplayName, author.Deleted ? true : null),
                    message.Content, message.Nonce, message.ReplyTo, message.CreatedAt, message.DeletedAt),
            }).AsNoTracking().ToListAsync(cancellationToken);

        if (rows.Count == 0)
            return new Fenced<ChangePage>(new ChangePage([], 0, false), 0);

        var items = rows.Select(row => row.Message).OfType<Message>().OrderBy(message => message.Rev)
            .Select(message => new Change(message.DeletedAt is null ? "message.sent" : "message.deleted", message.Rev, message)).Take(limit).ToArray();
        var more = rows.Count > limit;
        return new Fenced<ChangePage>(new ChangePage(items, more ? items[^1].Rev : rows[0].Current, more), rows[0].AccessRev);
    }

    /// <summary>The current revision of each channel, in the order asked for; 0 for a channel without messages.</summary>
    public async Task<IReadOnlyList<ChannelRevision>> RevisionsAsync(IReadOnlyList<Guid> channels, CancellationToken cancellationToken)
    {
        var found = await db.Channels.AsNoTracking().Where(counter => channels.Contains(counter.Id)).ToDictionaryAsync(counter => counter.Id, counter => counter.Rev, cancellationToken);
        return [.. channels.Select(channel => new ChannelRevision(channel, found.GetValueOrDefault(channel)))];
    }
}

/// <summary>A channel and its current revision.</summary>
internal sealed record ChannelRevision(Guid Channel, long Rev);
