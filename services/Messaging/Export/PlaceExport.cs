using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Export;

/// <summary>Reads where somebody takes part: their conversations and the threads that they follow. Of others there are the ids alone. Page by page, as <see cref="MessageExport"/>.</summary>
internal sealed class PlaceExport(MessagingDbContext db)
{
    private const int PageSize = 500;

    /// <summary>By their ids.</summary>
    public IAsyncEnumerable<ExportedConversation> ReadConversationsAsync(Guid user, CancellationToken cancellationToken) => KeysetPages.ReadAsync(
        Guid.Empty,
        after => db.ConversationMembers.AsNoTracking().Where(member => member.User == user && member.Conversation > after)
            .OrderBy(member => member.Conversation).Take(PageSize)
            .Join(db.Conversations, member => member.Conversation, row => row.Id, (member, row) => new { member, row })
            .OrderBy(found => found.row.Id)
            .Select(found => new ExportedConversation(
                found.row.Id,
                found.row.Low == null ? ConversationKind.Group : ConversationKind.Direct,
                found.row.Name,
                found.row.Owner,
                db.ConversationMembers.Where(other => other.Conversation == found.row.Id).OrderBy(other => other.JoinedAt).ThenBy(other => other.User).Select(other => other.User).ToList(),
                found.member.JoinedAt))
            .AsSplitQuery().ToListAsync(cancellationToken),
        conversation => conversation.Id);

    /// <summary>By their ids.</summary>
    public IAsyncEnumerable<ExportedThread> ReadThreadsAsync(Guid user, CancellationToken cancellationToken) => KeysetPages.ReadAsync(
        Guid.Empty,
        after => db.ThreadMembers.AsNoTracking().Where(member => member.User == user && member.Thread > after)
            .Join(db.Threads.Where(thread => thread.DeletedAt == null), member => member.Thread, row => row.Id, (member, row) => new { member, row })
            .OrderBy(found => found.row.Id).Take(PageSize)
            .Select(found => new ExportedThread(found.row.Id, found.row.Parent, found.row.Name, found.member.JoinedAt))
            .ToListAsync(cancellationToken),
        thread => thread.Id);

    /// <summary>How far they have read, by channel.</summary>
    public IAsyncEnumerable<ExportedReadState> ReadStatesAsync(Guid user, CancellationToken cancellationToken) => KeysetPages.ReadAsync(
        Guid.Empty,
        after => db.ReadStates.AsNoTracking().Where(state => state.User == user && state.Channel > after)
            .OrderBy(state => state.Channel).Take(PageSize)
            .Select(state => new ExportedReadState(state.Channel, state.ReadSeq, state.MutedUntil))
            .ToListAsync(cancellationToken),
        state => state.Channel);
}

/// <summary>A conversation that the person is in.</summary>
/// <param name="Name">A group's; absent: it has none.</param>
/// <param name="Owner">A group's.</param>
/// <param name="Members">In the order in which they came, the person among them.</param>
/// <param name="JoinedAt">Since when the person is in it.</param>
internal sealed record ExportedConversation(Guid Id, ConversationKind Kind, string? Name, Guid? Owner, IReadOnlyList<Guid> Members, DateTimeOffset JoinedAt);

/// <summary>How far the person has read in a channel.</summary>
/// <param name="MutedUntil">Absent: it is not muted.</param>
internal sealed record ExportedReadState(Guid Channel, long ReadSeq, DateTimeOffset? MutedUntil);

/// <summary>A thread that the person follows.</summary>
/// <param name="Channel">The channel it hangs in.</param>
/// <param name="JoinedAt">Since when they follow it.</param>
internal sealed record ExportedThread(Guid Id, Guid Channel, string Name, DateTimeOffset JoinedAt);
