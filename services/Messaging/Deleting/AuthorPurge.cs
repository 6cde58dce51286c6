using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Chat.Messaging.Writing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Messaging.Deleting;

/// <summary>Deletes what somebody who was banned wrote in the server, from a moment on until the ban. May be run again after any failure, and late.</summary>
internal sealed class AuthorPurge(MessagingDbContext db, FenceWriter fences, MessageDeletion deletion, IOptions<WriterOptions> writer)
{
    /// <summary>Messages in one transaction, which holds the channel.</summary>
    private const int MessagesAtOnce = 100;

    /// <summary>8 bytes each.</summary>
    private const int PlacesAtOnce = 10_000;

    /// <param name="rev">The server's revision of the ban.</param>
    /// <param name="since">From when on.</param>
    /// <param name="banned">When the ban was made.</param>
    public async Task RunAsync(Guid server, long rev, Guid author, DateTimeOffset since, DateTimeOffset banned, CancellationToken cancellationToken)
    {
        // The ban may be known here before it is effective: from now on nothing that was allowed before can come after what is found.
        await fences.RaiseAsync(server, rev, cancellationToken);
        // As long as a send that was allowed before the ban can take. Whatever is later was written by somebody who was let in again.
        var until = banned + writer.Value.MaxWait + 2 * writer.Value.CommitTimeout;
        // By the index of authors, whatever statistics say: for each channel the first place at or after the pair, and then whether it is of the two.
        var channels = await db.Database
            .SqlQuery<Guid>(
                $"""
                select c.id as "Value" from channels c
                cross join lateral (
                  select m.author, m.channel from messages m where (m.author, m.channel) >= ({author}, c.id) order by m.author, m.channel, m.nonce limit 1) m
                where c.server_id = {server} and m.author = {author} and m.channel = c.id
                """)
            .ToListAsync(cancellationToken);
        foreach (var channel in channels)
            await PurgeAsync(channel, author, since.ToUniversalTime(), until.ToUniversalTime(), cancellationToken);
    }

    private async Task PurgeAsync(Guid channel, Guid author, DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        long[] places = [];
        do
        {
            var after = places is [.., var last] ? last : 0;
            places = await db.Messages
                .Where(message => message.Author == author && message.Channel == channel && message.Seq > after
                    && message.CreatedAt >= since && message.CreatedAt <= until && message.DeletedAt == null)
                .OrderBy(message => message.Seq).Select(message => message.Seq).Take(PlacesAtOnce).ToArrayAsync(cancellationToken);
            foreach (var some in places.Chunk(MessagesAtOnce))
                await deletion.DeleteAsync(channel, some, cancellationToken);
        }
        while (places.Length == PlacesAtOnce);
    }
}
