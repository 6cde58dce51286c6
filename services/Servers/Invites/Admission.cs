using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Invites;

/// <summary>
/// How strangers come in: by an invite, by a vanity code, or directly where the server is public. Within the caller's transaction; locks in this order: user, server,
/// invite.
/// </summary>
internal sealed class Admission(ServersDb db, ServerChanges changes, TimeProvider time)
{
    /// <summary>Makes the caller a member. Who is one already gets the same answer and uses nothing up.</summary>
    public async Task<Results<Ok<Accepted>, ProblemHttpResult>> AcceptAsync(string code, Caller caller, CancellationToken cancellationToken) =>
        await FindAsync(code, cancellationToken) is { } entrance ? await AdmitAsync(entrance, caller, cancellationToken) : InvitesEndpoints.NotFound();

    /// <summary>The same for a public server without any code.</summary>
    public Task<Results<Ok<Accepted>, ProblemHttpResult>> JoinAsync(Guid server, Caller caller, CancellationToken cancellationToken) =>
        AdmitAsync(new Entrance(server, null, null), caller, cancellationToken);

    /// <summary>What a code leads to; null when nobody comes in by it.</summary>
    public async Task<InvitePreview?> PreviewAsync(string code, CancellationToken cancellationToken)
    {
        if (await FindAsync(code, cancellationToken) is not { } entrance || (entrance.Invite is { } invite && !IsLive(invite, time.GetUtcNow())))
        {
            return null;
        }

        var server = await db.Servers
            .Where(row => row.Id == entrance.Server && row.ArchivedAt == null)
            .Select(row => new InvitedServer(
                row.Id, row.Name, row.Description, row.Icon, row.Banner, row.Public, row.MemberCount, db.Channels.Count(channel => channel.Server == row.Id && !channel.Private)))
            .SingleOrDefaultAsync(cancellationToken);
        return server is null
            ? null
            : new InvitePreview(entrance.Invite?.Code ?? entrance.Vanity ?? "", server, entrance.Invite?.ExpiresAt, (int?)entrance.Invite?.MembershipLasts?.TotalSeconds);
    }

    /// <summary>An invite of that code decides, dead ones too: nobody can take over links that others gave away. Only where there never was one it may be a vanity code.</summary>
    private async Task<Entrance?> FindAsync(string code, CancellationToken cancellationToken)
    {
        if (InviteCode.IsWellFormed(code) && await db.Invites.AsNoTracking().SingleOrDefaultAsync(row => row.Code == code, cancellationToken) is { } invite)
        {
            return new Entrance(invite.Server, invite, null);
        }

        if (InviteCode.MayHaveBeen(code) || VanityCode.Check(code, out var vanity) is not null)
        {
            return null;
        }

        var server = await db.Servers.Where(row => row.Vanity == vanity && row.Public).Select(row => (Guid?)row.Id).SingleOrDefaultAsync(cancellationToken);
        return server is { } found ? new Entrance(found, null, vanity) : null;
    }

    private async Task<Results<Ok<Accepted>, ProblemHttpResult>> AdmitAsync(Entrance entrance, Caller caller, CancellationToken cancellationToken)
    {
        if (!await Memberships.LockAsync(db, caller, cancellationToken))
        {
            return ServerProblems.AccountDeleted();
        }

        var now = time.GetUtcNow();
        if (await ServerReader.ReadAsync(db, entrance.Server, caller.Id, now, cancellationToken) is { } already)
        {
            return TypedResults.Ok(new Accepted(already));
        }

        // Twice: who is turned away must not hold up the server, and only what is true under its lock counts.
        if (await RefuseAsync(entrance, caller.Id, now, cancellationToken) is { } early)
        {
            return early;
        }

        if (await Memberships.CountAsync(db, caller.Id, cancellationToken) >= Server.MaxPerUser)
        {
            return ServerProblems.TooMany();
        }

        if (await changes.RaiseAsync(entrance.Server, members: +1, cancellationToken) is not { } rev)
        {
            return entrance.Closed();
        }

        if (await RefuseAsync(entrance, caller.Id, now, cancellationToken) is { } late)
        {
            return late;
        }

        InviteChanged? used = null;
        if (entrance.Invite is { } invite)
        {
            if (await UseAsync(invite.Code, now, cancellationToken) is not { } live)
            {
                return entrance.Closed();
            }

            used = new InviteChanged { Server = entrance.Server, Rev = rev, Code = invite.Code, Live = live, At = now };
        }

        if (await Joining.AddAsync(db, entrance.Server, rev, caller.Id, now, now + entrance.Invite?.MembershipLasts, cancellationToken) is not { } newcomer)
        {
            return ServerProblems.Banned();
        }

        IServerEvent[] events = used is null ? [newcomer.Event] : [newcomer.Event, used];
        changes.Record(newcomer.Delta, lost: null, events);
        await db.SaveChangesAsync(cancellationToken);
        return await ServerReader.ReadAsync(db, entrance.Server, caller.Id, now, cancellationToken) is { } joined
            ? TypedResults.Ok(new Accepted(joined))
            : throw new InvalidOperationException("The member who was just written is not there.");
    }

    /// <summary>Why the entrance is closed to the user.</summary>
    private async Task<ProblemHttpResult?> RefuseAsync(Entrance entrance, Guid user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var state = await db.Servers
            .Where(row => row.Id == entrance.Server)
            .Select(row => new { row.Public, row.Vanity, Archived = row.ArchivedAt != null, Banned = db.Bans.Any(ban => ban.Server == row.Id && ban.User == user) })
            .SingleOrDefaultAsync(cancellationToken);
        return state switch
        {
            null => entrance.Closed(),
            _ when entrance.Invite is null && !state.Public => entrance.Closed(),
            _ when entrance.Vanity is { } vanity && state.Vanity != vanity => entrance.Closed(),
            _ when entrance.Invite is { } invite && !IsLive(invite, now) => entrance.Closed(),
            { Banned: true } => ServerProblems.Banned(),
            { Archived: true } => ServerProblems.Archived(),
            _ => null,
        };
    }

    /// <summary>Uses the invite up by one if it is still good: the one statement that decides, under the server's lock.</summary>
    /// <returns>Whether it is good for another; null when it was not good for this one.</returns>
    private async Task<bool?> UseAsync(string code, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Invites
            .Where(invite => invite.Code == code)
            .Where(Invite.LiveAt(now))
            .ExecuteUpdateAsync(update => update.SetProperty(invite => invite.Uses, invite => invite.Uses + 1), cancellationToken) == 0
            ? null
            : await db.Invites.Where(invite => invite.Code == code).AnyAsync(Invite.LiveAt(now), cancellationToken);

    private static bool IsLive(Invite invite, DateTimeOffset now) => !(invite.ExpiresAt <= now) && !(invite.Uses >= invite.MaxUses);

    /// <summary>A way into a server: exactly one of an invite, a vanity code, or neither where the server's own door is meant.</summary>
    private sealed record Entrance(Guid Server, Invite? Invite, string? Vanity)
    {
        public ProblemHttpResult Closed() => Invite is null && Vanity is null ? ServerProblems.NotFound() : InvitesEndpoints.NotFound();
    }
}
