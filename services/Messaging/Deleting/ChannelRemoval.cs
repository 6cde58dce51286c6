using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Deleting;

/// <summary>
/// Removes everything of deleted channels, for good. First the fence is raised: a send that was allowed before the deletion can neither be stored any more nor bring the
/// channel's row back (<see cref="Writing.ChannelAdoption"/>). Then the messages go, some in each transaction, and the row with the last of them. May be run again after any failure.
/// </summary>
internal sealed class ChannelRemoval(MessagingDbContext db, FenceWriter fences, TimeProvider clock)
{
    /// <summary>Revisions looked at in one transaction, and so the most messages removed in it.</summary>
    private const int RevisionsAtOnce = 1000;

    /// <summary>Removes all channels of a server. Its fence stays, as the sign that nothing counts there any more: 24 bytes.</summary>
    /// <param name="channels">Those the server had, also such as never learned their server here.</param>
    public async Task RemoveServerAsync(Guid server, IReadOnlyCollection<Guid> channels, CancellationToken cancellationToken)
    {
        await fences.RaiseAsync(server, long.MaxValue, cancellationToken);
        var known = await db.Channels.Where(channel => channel.Server == server).Select(channel => channel.Id).ToListAsync(cancellationToken);
        foreach (var channel in known.Union(channels))
            await RemoveAsync(channel, cancellationToken);
    }

    /// <param name="rev">The server's revision of the deletion: permissions from then on know nothing of the channel.</param>
    public async Task RemoveChannelAsync(Guid server, long rev, Guid channel, CancellationToken cancellationToken)
    {
        await fences.RaiseAsync(server, rev, cancellationToken);
        await RemoveAsync(channel, cancellationToken);
    }

    /// <summary>Removes a thread that was marked as deleted: nothing counts there since. Its row in <c>threads</c> stays, see <see cref="Threads.ThreadRow"/>.</summary>
    public async Task RemoveThreadAsync(Guid thread, CancellationToken cancellationToken)
    {
        if (await db.Threads.AnyAsync(row => row.Id == thread && row.DeletedAt != null, cancellationToken))
            await RemoveAsync(thread, cancellationToken);
    }

    private async Task RemoveAsync(Guid channel, CancellationToken cancellationToken)
    {
        // The fence stands already: no thread is opened under the channel any more.
        foreach (var thread in await db.Channels.Where(thread => thread.Parent == channel).Select(thread => thread.Id).ToListAsync(cancellationToken))
            await RemoveAsync(thread, cancellationToken);
        await ForgetAsync(channel, cancellationToken);

        for (var after = 0L; ; after += RevisionsAtOnce)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (await LockedChannel.LockAsync(db, channel, clock, cancellationToken) is not { } locked)
            {
                // Where nothing was ever said, somebody may have muted it.
                await db.ReadStates.Where(state => state.Channel == channel).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return;
            }

            var last = after + RevisionsAtOnce;
            await db.Messages.Where(message => message.Channel == channel && message.Seq > after && message.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            await db.Mentions.Where(mention => mention.Channel == channel && mention.Seq > after && mention.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            await db.Reactions.Where(reaction => reaction.Channel == channel && reaction.Seq > after && reaction.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            await db.PollVotes.Where(vote => vote.Channel == channel && vote.Seq > after && vote.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            await db.OpenPolls.Where(poll => poll.Channel == channel && poll.Seq > after && poll.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            await db.MessageEdits.Where(edit => edit.Channel == channel && edit.Seq > after && edit.Seq <= last).ExecuteDeleteAsync(cancellationToken);
            if (last >= locked.Rev)
            {
                // First: it waits for what search is writing of it, so that the next finds all of that.
                await db.Channels.Where(counter => counter.Id == channel).ExecuteDeleteAsync(cancellationToken);
                await db.SearchRows.Where(row => row.Channel == channel).ExecuteDeleteAsync(cancellationToken);
                await db.SearchProgress.Where(progress => progress.Channel == channel).ExecuteDeleteAsync(cancellationToken);
                await db.ReadStates.Where(state => state.Channel == channel).ExecuteDeleteAsync(cancellationToken);
                await ForgetAsync(channel, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Removes what people keep about the channel, and the traces of its deleted threads. Also where nobody has written yet, so that there is no row.</summary>
    private async Task ForgetAsync(Guid channel, CancellationToken cancellationToken)
    {
        // First the threads: whoever begins to follow one shares its row.
        await db.Threads.Where(thread => thread.Parent == channel || (thread.Id == channel && thread.DeletedAt == null)).ExecuteDeleteAsync(cancellationToken);
        await db.ThreadMembers.Where(member => member.Thread == channel).ExecuteDeleteAsync(cancellationToken);
        await db.Drafts.Where(draft => draft.Channel == channel).ExecuteDeleteAsync(cancellationToken);
        await db.Scheduled.Where(scheduled => scheduled.Channel == channel).ExecuteDeleteAsync(cancellationToken);
    }
}
