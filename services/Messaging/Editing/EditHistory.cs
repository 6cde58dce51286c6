using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Editing;

/// <summary>Reads what a message said before.</summary>
internal sealed class EditHistory(MessagingDbContext db)
{
    /// <summary>Null when the channel has no such message, or it is deleted.</summary>
    public async Task<Fenced<EditsOf>?> ReadAsync(Guid channel, Guid message, CancellationToken cancellationToken)
    {
        var found = await (
            from row in db.Messages
            where row.Id == message && row.Channel == channel && row.DeletedAt == null
            select new
            {
                row.Author,
                AccessRev = db.Channels.Where(counter => counter.Id == channel).Select(counter => counter.AccessRev).First(),
                Items = db.MessageEdits.Where(edit => edit.Channel == channel && edit.Seq == row.Seq).OrderBy(edit => edit.Rev)
                    .Select(edit => new PastContent(edit.Content, edit.WrittenAt, edit.Rev)).ToList(),
            }).AsSingleQuery().AsNoTracking().ToListAsync(cancellationToken);
        return found is [var one] ? new Fenced<EditsOf>(new EditsOf(one.Author, one.Items), one.AccessRev) : null;
    }

    internal sealed record EditsOf(Guid Author, IReadOnlyList<PastContent> Items);
}
