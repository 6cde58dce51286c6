using Chat.Contracts;
using Chat.Presence.Data;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Friends;

/// <summary>Makes and ends friend requests and friendships, within the caller's transaction. Whatever is already as wanted is answered as it is.</summary>
internal sealed class Befriending(PresenceDb db, PairLock pairs, Parting parting, TimeProvider time)
{
    /// <summary>The most friends a person has.</summary>
    public const int MostFriends = 1000;

    /// <summary>The most requests of one person that await an answer.</summary>
    public const int MostRequests = 100;

    /// <summary>Asks somebody; who has been asked by them already becomes their friend.</summary>
    public async Task<Results<Created<RelationResponse>, ProblemHttpResult>> AskAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return refusal;
        if (await db.Blocks.AnyAsync(block => (block.Blocker == user && block.Blocked == other) || (block.Blocker == other && block.Blocked == user), cancellationToken))
            return PeopleDirectory.NotFound();
        if (await FriendSinceAsync(user, other, cancellationToken) is { } since)
            return Created(await ShowAsync(other, RelationResponse.Friends, since, cancellationToken));
        if (await db.FriendRequests.AsNoTracking().SingleOrDefaultAsync(row => row.From == user && row.To == other, cancellationToken) is { } request)
            return Created(await ShowAsync(other, RelationResponse.Outgoing, request.CreatedAt, cancellationToken));
        if (await db.FriendRequests.AnyAsync(row => row.From == other && row.To == user, cancellationToken))
            return (await BefriendAsync(user, other, cancellationToken)).Result is Ok<RelationResponse> { Value: { } friends } ? Created(friends) : TooManyFriends();

        if (await HasAllFriendsAsync(user, cancellationToken))
            return TooManyFriends();
        if (await db.FriendRequests.CountAsync(row => row.From == user, cancellationToken) >= MostRequests)
            return Problems.Conflict("too_many_open_requests", $"{MostRequests} requests await an answer at most. Withdraw one first.");

        var (rev, now) = (await pairs.RaiseAsync(cancellationToken), time.GetUtcNow());
        db.Add(new FriendRequest { From = user, To = other, Rev = rev, CreatedAt = now });
        pairs.Announce(user, other, new FriendRequested { From = user, To = other, Rev = rev, At = now });
        await db.SaveChangesAsync(cancellationToken);
        return Created(await ShowAsync(other, RelationResponse.Outgoing, now, cancellationToken));
    }

    /// <summary>Accepts the request of somebody; again, it answers the friendship.</summary>
    public async Task<Results<Ok<RelationResponse>, ProblemHttpResult>> AcceptAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return refusal.StatusCode == StatusCodes.Status404NotFound ? RequestNotFound() : refusal;
        if (await FriendSinceAsync(user, other, cancellationToken) is { } since)
            return TypedResults.Ok(await ShowAsync(other, RelationResponse.Friends, since, cancellationToken));
        return await db.FriendRequests.AnyAsync(row => row.From == other && row.To == user, cancellationToken)
            ? await BefriendAsync(user, other, cancellationToken)
            : RequestNotFound();
    }

    /// <summary>Declines or withdraws the request between the two, whoever made it.</summary>
    public async Task<Results<Ok<Nothing>, ProblemHttpResult>> EndRequestAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return Nothing.Unless(refusal);
        if (await db.FriendRequests.AnyAsync(row => (row.From == user && row.To == other) || (row.From == other && row.To == user), cancellationToken)
            && await parting.EndRequestAsync(user, other, await pairs.RaiseAsync(cancellationToken), cancellationToken) is { } ended)
        {
            pairs.Announce(user, other, ended);
            await db.SaveChangesAsync(cancellationToken);
        }

        return Nothing.Done;
    }

    /// <summary>Ends the friendship.</summary>
    public async Task<Results<Ok<Nothing>, ProblemHttpResult>> EndFriendshipAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return Nothing.Unless(refusal);
        if (await FriendSinceAsync(user, other, cancellationToken) is not null
            && await parting.EndFriendshipAsync(user, other, await pairs.RaiseAsync(cancellationToken), cancellationToken) is { } ended)
        {
            pairs.Announce(user, other, ended);
            await db.SaveChangesAsync(cancellationToken);
        }

        return Nothing.Done;
    }

    internal static ProblemHttpResult RequestNotFound() => Problems.NotFound("request_not_found", "There is no such request.");

    /// <summary>The request of <paramref name="other"/> becomes a friendship. Both are locked and are not friends.</summary>
    private async Task<Results<Ok<RelationResponse>, ProblemHttpResult>> BefriendAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await HasAllFriendsAsync(user, cancellationToken) || await HasAllFriendsAsync(other, cancellationToken))
            return TooManyFriends();

        var (rev, now) = (await pairs.RaiseAsync(cancellationToken), time.GetUtcNow());
        await db.FriendRequests.Where(row => row.From == other && row.To == user).ExecuteDeleteAsync(cancellationToken);
        db.AddRange(
            new Friend { User = user, Other = other, Rev = rev, Since = now },
            new Friend { User = other, Other = user, Rev = rev, Since = now });
        pairs.Announce(user, other, new FriendAccepted { From = other, To = user, Rev = rev, At = now });
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(await ShowAsync(other, RelationResponse.Friends, now, cancellationToken));
    }

    private Task<DateTimeOffset?> FriendSinceAsync(Guid user, Guid other, CancellationToken cancellationToken) =>
        db.Friends.Where(friend => friend.User == user && friend.Other == other).Select(friend => (DateTimeOffset?)friend.Since).SingleOrDefaultAsync(cancellationToken);

    private async Task<bool> HasAllFriendsAsync(Guid user, CancellationToken cancellationToken) =>
        await db.Friends.CountAsync(friend => friend.User == user, cancellationToken) >= MostFriends;

    private async Task<RelationResponse> ShowAsync(Guid other, string state, DateTimeOffset since, CancellationToken cancellationToken) => new(
        await db.Profiles.Where(profile => profile.Id == other).Select(profile => new UserResponse(profile.Id, profile.Username, profile.DisplayName)).SingleAsync(cancellationToken),
        state,
        since);

    private static Created<RelationResponse> Created(RelationResponse shown) =>
        TypedResults.Created(shown.State == RelationResponse.Friends ? $"/api/v1/friends/{shown.User.Id}" : $"/api/v1/friends/requests/{shown.User.Id}", shown);

    private static ProblemHttpResult TooManyFriends() => Problems.Conflict("too_many_friends", $"A person has {MostFriends} friends at most, and one of you has that many.");
}
