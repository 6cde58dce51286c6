using System.Runtime.CompilerServices;
using Chat.Messaging.Data;
using Chat.Messaging.Drafts;
using Chat.Messaging.Scheduling;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Export;

/// <summary>
/// Reads everything somebody wrote, sent or not yet, as a stream that keeps no more than a page of it besides the places of some of the next. Pages are fetched when the one before
/// has been taken: a slow reader holds neither a connection nor a snapshot. See docs/decisions/0006-messages-by-author.md for the order of the queries.
/// </summary>
internal sealed class MessageExport(MessagingDbContext db)
{
    private const int PageSize = 500;

    /// <summary>8 bytes each. The index finds an author's messages in a channel but not their order: sorting is shared by this many.</summary>
    private const int PlacesAtOnce = 100_000;

    /// <summary>By channel, in the order of the history.</summary>
    public async IAsyncEnumerable<ExportedMessage> ReadAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Guid.Empty;
        while (await NextChannelAsync(user, channel, cancellationToken) is { } next)
        {
            channel = next;
            long[] places = [];
            do
            {
                places = await PlacesAsync(user, channel, places is [.., var last] ? last : 0, cancellationToken);
                foreach (var some in places.Chunk(PageSize))
                {
                    foreach (var message in await PageAsync(channel, some, cancellationToken))
                        yield return message;
                }
            }
            while (places.Length == PlacesAtOnce);
        }
    }

    /// <summary>What is to be sent for them later: a page's worth at most.</summary>
    public IAsyncEnumerable<ScheduledView> ReadScheduledAsync(Guid user) =>
        db.Scheduled.AsNoTracking().Where(row => row.Author == user).OrderBy(row => row.SendAt).ThenBy(row => row.Id).AsAsyncEnumerable().Select(ScheduledView.Of);

    /// <summary>What they have begun to write: a page's worth at most.</summary>
    public IAsyncEnumerable<DraftView> ReadDraftsAsync(Guid user) =>
        db.Drafts.AsNoTracking().Where(draft => draft.User == user).OrderBy(draft => draft.Channel)
            .Select(draft => new DraftView(draft.Channel, draft.Content, draft.UpdatedAt, draft.ReplyTo)).AsAsyncEnumerable();

    private async Task<Guid?> NextChannelAsync(Guid user, Guid after, CancellationToken cancellationToken) =>
        await db.Messages.Where(message => message.Author == user && message.Channel > after)
            .OrderBy(message => message.Channel).Select(message => (Guid?)message.Channel).FirstOrDefaultAsync(cancellationToken);

    private Task<long[]> PlacesAsync(Guid user, Guid channel, long after, CancellationToken cancellationToken) =>
        db.Messages.Where(message => message.Author == user && message.Channel == channel && message.Seq > after)
            .OrderBy(message => message.Seq).Select(message => message.Seq).Take(PlacesAtOnce).ToArrayAsync(cancellationToken);

    private Task<List<ExportedMessage>> PageAsync(Guid channel, long[] places, CancellationToken cancellationToken) =>
        db.Messages.AsNoTracking().Where(message => message.Channel == channel && places.Contains(message.Seq))
            .OrderBy(message => message.Seq)
            .Select(message => new ExportedMessage(message.Id, message.Channel, message.Seq, message.Content, message.CreatedAt, message.ReplyTo, message.DeletedAt))
            .ToListAsync(cancellationToken);
}

/// <summary>A message as its author gets it in an export.</summary>
/// <param name="DeletedAt">When it was deleted; its content is empty since.</param>
internal sealed record ExportedMessage(Guid Id, Guid Channel, long Seq, string Content, DateTimeOffset CreatedAt, Guid? ReplyTo, DateTimeOffset? DeletedAt = null);
