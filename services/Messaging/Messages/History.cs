using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Messages;

/// <summary>Reads a channel's history by <c>seq</c>.</summary>
internal sealed class History(MessagingDbContext db)
{
    /// <summary>
    /// A page of at most <paramref name="limit"/> messages. <see cref="HistoryDirection.Before"/> and <see cref="HistoryDirection.After"/> leave out
    /// the cursor itself; <see cref="HistoryDirection.Around"/> has it in the older half.
    /// </summary>
    public async Task<Fenced<HistoryPage>> ReadAsync(Guid channel, HistoryCursor cursor, int limit, CancellationToken cancellationToken)
    {
        // The split: messages up to it are the older side, the rest the newer; how many of each the page shows.
        var (split, older, newer) = cursor switch
        {
            { Direction: HistoryDirection.Before } => (cursor.Seq - 1, limit, 0),
            { Direction: HistoryDirection.After } => (cursor.Seq, 0, limit),
            { Direction: HistoryDirection.Around } => (cursor.Seq, limit - limit / 2, limit / 2),
            _ => (long.MaxValue, limit, 0),
        };

        // One more on each side tells whether there is more; one statement, so that both sides are of one moment.
        var inChannel = db.Messages.AsNoTracking().Where(message => message.Channel == channel);
        var rows = await inChannel.Where(message => message.Seq <= split).OrderByDescending(message => message.Seq).Take(older + 1)
            .Concat(inChannel.Where(message => message.Seq > split).OrderBy(message => message.Seq).Take(newer + 1))
            .Join(db.Authors, message => message.Author, author => author.Id, (message, author) => new
            {
                Message = new Message(
                    message.Id, message.Channel, message.Seq, message.Rev, new Author(author.Id, author.Username, author.DisplayName, author.Deleted ? true : null),
                    message.Content, message.Nonce, message.ReplyTo, message.CreatedAt, message.DeletedAt),
                AccessRev = db.Channels.Where(counter => counter.Id == channel).Select(counter => counter.AccessRev).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);

        rows.Sort((left, right) => left.Message.Seq.CompareTo(right.Message.Seq));
        var below = rows.Count(row => row.Message.Seq <= split);
        var above = rows.Count - below;
        var items = rows.Skip(Math.Max(0, below - older)).Take(Math.Min(below, older) + Math.Min(above, newer)).Select(row => row.Message).ToArray();
        // Without messages there is nothing to keep from anybody.
        return new Fenced<HistoryPage>(new HistoryPage(items, below > older, above > newer), rows is [var row, ..] ? row.AccessRev : 0);
    }
}
