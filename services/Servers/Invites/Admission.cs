using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Invites;

/// <summary>Invites and who comes in by them, within the caller's transaction. Locks in this order: user, server, invite.</summary>
internal sealed class Admission(ServersDb db, ServerChanges changes, TimeProvider time)
{
    public async Task<Results<Created<InviteResponse>, ProblemHttpResult>> InviteAsync(Guid server, Guid user, int? maxUses, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (await Memberships.RightsAsync(db, server, user, time.GetUtcNow(), cancellationToken) is not { } rights)
        {
            return ServerProblems.NotFound();
        }

        if (!rights.HasFlag(Permissions.CreateInvite))
        {
            return ServerProblems.MissingPermission(Permissions.CreateInvite);
        }

        if (await changes.RaiseAsync(server, members: 0, cancellationToken) is not { } rev)
        {
            return ServerProblems.NotFound();
        }

        var now = time.GetUtcNow();
        await db.Invites.Where(old => old.Server == server && old.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        var live = await db.Invites.CountAsync(other => other.Server == server && (other.MaxUses == null || other.Uses < other.MaxUses), cancellationToken);
        if (live >= Invite.MaxLivePerServer)
        {
            return Problems.Conflict("too_many_invites", $"A server can have at most {Invite.MaxLivePerServer} live invites.");
        }

        var invite = new Invite { Code = InviteCode.New(), Server = server, CreatedBy = user, MaxUses = maxUses, ExpiresAt = now + lifetime, CreatedAt = now };
        db.Add(invite);
        changes.Record(new ModelDelta(server, rev), null, new InviteChanged { Server = server, Rev = rev, Code = invite.Code, Live = true, At = now });
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Created($"/api/v1/invites/{invite.Code}", InviteResponse.Of(invite));
    }

    /// <summary>Deletes an invite.</summary>
    /// <param name="createdBy">Only if this user created it; null: whoever did.</param>
    /// <returns>False when there is none; the transaction must not be committed then.</returns>
    public async Task<bool> WithdrawAsync(Guid server, string code, Guid? createdBy, CancellationToken cancellationToken)
    {
        if (await changes.RaiseAsync(server, members: 0, cancellationToken) is not { } rev
            || await db.Invites
                .Where(invite => invite.Code == code && invite.Server == server && (createdBy == null || invite.CreatedBy == createdBy))
                .ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        changes.Record(new ModelDelta(server, rev), null, new InviteChanged { Server = server, Rev = rev, Code = code, Live = false, At = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Makes the caller a member. Who is one already gets the same answer and uses nothing up.</summary>
    public async Task<Results<Ok<Accepted>, ProblemHttpResult>> AcceptAsync(string code, Caller caller, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var invite = await db.Invites.AsNoTracking().SingleOrDefaultAsync(row => row.Code == code, cancellationToken);
        if (invite is null)
        {
            return InvitesEndpoints.NotFound();
        }

        if (!await Memberships.LockAsync(db, caller, cancellationToken))
        {
            return ServerProblems.AccountDeleted();
        }

        if (await ServerReader.ReadAsync(db, invite.Server, caller.Id, time.GetUtcNow(), cancellationToken) is { } already)
        {
            return TypedResults.Ok(new Accepted(already));
        }

        // Turned away before the lock: a dead invite must not hold up its server.
        if (invite.ExpiresAt <= now || invite.Uses >= invite.MaxUses)
        {
            return InvitesEndpoints.NotFound();
        }

        if (await Memberships.IsBannedAsync(db, invite.Server, caller.Id, cancellationToken))
        {
            return ServerProblems.Banned();
        }

        if (await Memberships.CountAsync(db, caller.Id, cancellationToken) >= Server.MaxPerUser)
        {
            return ServerProblems.TooMany();
        }

        if (await changes.RaiseAsync(invite.Server, members: +1, cancellationToken) is not { } rev
            || await UseAsync(code, now, cancellationToken) is not { } used)
        {
            return InvitesEndpoints.NotFound();
        }

        if (await Joining.AddAsync(db, invite.Server, rev, caller.Id, now, now + invite.MembershipLasts, cancellationToken) is not { } newcomer)
        {
            return ServerProblems.Banned();
        }

        changes.Record(newcomer.Delta, lost: null, newcomer.Event, used with { Rev = rev });
        await db.SaveChangesAsync(cancellationToken);
        return await ServerReader.ReadAsync(db, invite.Server, caller.Id, time.GetUtcNow(), cancellationToken) is { } joined
            ? TypedResults.Ok(new Accepted(joined))
            : throw new InvalidOperationException("The member who was just written is not there.");
    }

    /// <summary>Uses the invite up by one if it is still good: the one statement that decides, under the server's lock.</summary>
    private async Task<InviteChanged?> UseAsync(string code, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var used = await db.Invites
            .Where(invite => invite.Code == code && (invite.ExpiresAt == null || invite.ExpiresAt > now) && (invite.MaxUses == null || invite.Uses < invite.MaxUses))
            .ExecuteUpdateAsync(update => update.SetProperty(invite => invite.Uses, invite => invite.Uses + 1), cancellationToken);
        return used == 0
            ? null
            : await db.Invites.AsNoTracking()
                .Where(invite => invite.Code == code)
                .Select(invite => new InviteChanged { Server = invite.Server, Rev = 0, Code = code, Live = invite.MaxUses == null || invite.Uses < invite.MaxUses, At = now })
                .SingleAsync(cancellationToken);
    }
}
