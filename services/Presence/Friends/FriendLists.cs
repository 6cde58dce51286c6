using Chat.Presence.Data;
using Chat.Presence.Paging;
using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Friends;

/// <summary>Reads somebody's friends and requests, the newest first.</summary>
internal sealed class FriendLists(PresenceDb db)
{
    public async Task<Page<RelationResponse>> FriendsAsync(Guid user, long before, int size, CancellationToken cancellationToken)
    {
        var rows = await db.Friends.AsNoTracking()
            .Where(friend => friend.User == user && friend.Rev < before)
            .OrderByDescending(friend => friend.Rev)
            .Take(size + 1)
            .Join(db.Profiles, friend => friend.Other, profile => profile.Id, (friend, profile) => new { friend, profile })
            .OrderByDescending(row => row.friend.Rev)
            .Select(row => new ListedRelation(row.friend.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.friend.Since))
            .ToListAsync(cancellationToken);
        return PageRequest.Cut(rows, size, row => row.Rev, row => row.As(RelationResponse.Friends));
    }

    public async Task<Page<RelationResponse>> IncomingAsync(Guid user, long before, int size, CancellationToken cancellationToken)
    {
        var rows = await db.FriendRequests.AsNoTracking()
            .Where(request => request.To == user && request.Rev < before)
            .OrderByDescending(request => request.Rev)
            .Take(size + 1)
            .Join(db.Profiles, request => request.From, profile => profile.Id, (request, profile) => new { request, profile })
            .OrderByDescending(row => row.request.Rev)
            .Select(row => new ListedRelation(row.request.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.request.CreatedAt))
            .ToListAsync(cancellationToken);
        return PageRequest.Cut(rows, size, row => row.Rev, row => row.As(RelationResponse.Incoming));
    }

    public async Task<Page<RelationResponse>> OutgoingAsync(Guid user, long before, int size, CancellationToken cancellationToken)
    {
        var rows = await db.FriendRequests.AsNoTracking()
            .Where(request => request.From == user && request.Rev < before)
            .OrderByDescending(request => request.Rev)
            .Take(size + 1)
            .Join(db.Profiles, request => request.To, profile => profile.Id, (request, profile) => new { request, profile })
            .OrderByDescending(row => row.request.Rev)
            .Select(row => new ListedRelation(row.request.Rev, row.profile.Id, row.profile.Username, row.profile.DisplayName, row.request.CreatedAt))
            .ToListAsync(cancellationToken);
        return PageRequest.Cut(rows, size, row => row.Rev, row => row.As(RelationResponse.Outgoing));
    }
}
