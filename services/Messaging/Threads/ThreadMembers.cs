using Chat.Access;
using Chat.Messaging.Data;
using Chat.Messaging.Paging;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Threads;

/// <summary>Who follows which thread. Whoever opens one, writes in it or is mentioned in it does without asking.</summary>
internal sealed class ThreadMembers(MessagingDbContext db, IChannelPermissions permissions, TimeProvider clock)
{
    /// <summary>Has people follow a thread, if there is one with this id.</summary>
    public Task<int> AddAsync(Guid thread, Guid[] users, CancellationToken cancellationToken) =>
        // Shares the row, so that a thread which is being removed does not leave this behind.
        db.Database.ExecuteSqlAsync(
            $"""
            insert into thread_members (thread, user_id, joined_at)
            select t.id, u, {clock.GetUtcNow()} from threads t, unnest({users}) u where t.id = {thread} and t.deleted_at is null order by u for share of t
            on conflict do nothing
            """,
            cancellationToken);

    public Task<int> RemoveAsync(Guid thread, Guid user, CancellationToken cancellationToken) =>
        db.ThreadMembers.Where(member => member.Thread == thread && member.User == user).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Those who follow a thread and may still see it, by their ids; a page may have fewer than <paramref name="limit"/> for that.</summary>
    /// <param name="limit">At most <see cref="ChannelPermissionsLimits.MaxAudience"/>.</param>
    public async Task<ThreadMemberPage> ReadAsync(Guid thread, Guid? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await db.ThreadMembers.AsNoTracking().Where(member => member.Thread == thread && (after == null || member.User > after))
            .OrderBy(member => member.User).Take(limit + 1).ToListAsync(cancellationToken);
        var page = rows.Take(limit).ToList();
        var visible = (await permissions.AudienceAsync(thread, page.ConvertAll(member => member.User), [], cancellationToken)).Users.ToHashSet();
        return new ThreadMemberPage(
            [.. page.Where(member => visible.Contains(member.User)).Select(member => new ThreadMember(member.User, member.JoinedAt))],
            rows.Count > limit ? Cursor.Of(ListKind.ThreadMembers, page[^1].User) : null);
    }
}

/// <summary>Somebody who follows a thread.</summary>
internal sealed record ThreadMember(Guid User, DateTimeOffset JoinedAt);

/// <param name="Next">The cursor of the next page; absent: there is none.</param>
internal sealed record ThreadMemberPage(IReadOnlyList<ThreadMember> Items, string? Next = null);
