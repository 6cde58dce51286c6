using Chat.Presence.Data;
using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Pairs;

/// <summary>Reads who is what to somebody: the newest first, only what has a lower revision than <c>before</c>, and <c>count</c> at most.</summary>
internal sealed class RelationReader(PresenceDb db)
{
    public Task<List<ListedRelation>> FriendsAsync(Guid user, long before, int count, CancellationToken cancellationToken) =>
        db.Friends.AsNoTracking()
            .Where(friend => friend.User == user && friend.Rev < before)
            .OrderByDescending(friend => friend.Rev)
            .Take(count)
            .Join(db.Profiles, friend => friend.Other, profile => profile.Id, (friend, profile) => new { friend, profile })
            .OrderByDescending(row => row.friend.Rev)
            .Select(row => new ListedRelation(row.friend.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.friend.Since))
            .ToListAsync(cancellationToken);

    public Task<List<ListedRelation>> IncomingAsync(Guid user, long before, int count, CancellationToken cancellationToken) =>
        db.FriendRequests.AsNoTracking()
            .Where(request => request.To == user && request.Rev < before)
            .OrderByDescending(request => request.Rev)
            .Take(count)
            .Join(db.Profiles, request => request.From, profile => profile.Id, (request, profile) => new { request, profile })
            .OrderByDescending(row => row.request.Rev)
            .Select(row => new ListedRelation(row.request.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.request.CreatedAt))
            .ToListAsync(cancellationToken);

    public Task<List<ListedRelation>> OutgoingAsync(Guid user, long before, int count, CancellationToken cancellationToken) =>
        db.FriendRequests.AsNoTracking()
            .Where(request => request.From == user && request.Rev < before)
            .OrderByDescending(request => request.Rev)
            .Take(count)
            .Join(db.Profiles, request => request.To, profile => profile.Id, (request, profile) => new { request, profile })
            .OrderByDescending(row => row.request.Rev)
            .Select(row => new ListedRelation(row.request.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.request.CreatedAt))
            .ToListAsync(cancellationToken);

    public Task<List<ListedRelation>> BlocksAsync(Guid user, long before, int count, CancellationToken cancellationToken) =>
        db.Blocks.AsNoTracking()
            .Where(block => block.Blocker == user && block.Rev < before)
            .OrderByDescending(block => block.Rev)
            .Take(count)
            .Join(db.Profiles, block => block.Blocked, profile => profile.Id, (block, profile) => new { block, profile })
            .OrderByDescending(row => row.block.Rev)
            .Select(row => new ListedRelation(row.block.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.block.CreatedAt))
            .ToListAsync(cancellationToken);
}
