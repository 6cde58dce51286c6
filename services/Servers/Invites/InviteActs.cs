using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Invites;

/// <summary>What members do with a server's invites, under its lock. An invite stays good whatever becomes of who created it.</summary>
internal sealed class InviteActs(ServersDb db, ServerActs acts)
{
    public async Task<ActOutcome<InviteResponse>> CreateAsync(CreateInvite request, CancellationToken cancellationToken)
    {
        await ClearAwayAsync(cancellationToken);
        if (await Live().CountAsync(cancellationToken) >= Invite.MaxLivePerServer)
        {
            return Problems.Conflict("too_many_invites", $"A server can have at most {Invite.MaxLivePerServer} live invites.");
        }

        var invite = new Invite
        {
            Code = InviteCode.New(),
            Server = acts.Server.Id,
            CreatedBy = acts.Actor.User,
            MaxUses = request.MaxUses,
            ExpiresAt = acts.Now + request.Lifetime,
            MembershipLasts = request.MembershipLasts,
            CreatedAt = acts.Now,
        };
        db.Add(invite);
        var response = InviteResponse.Of(invite);
        acts.Record(acts.Delta, lost: null, new AuditNote(AuditAction.InviteCreated, After: Shown(response)), members: 0, Changed(invite.Code, live: true));
        return At(response);
    }

    /// <summary>A new code with the same settings and a full lifetime; the old one is no invite any more.</summary>
    public async Task<ActOutcome<InviteResponse>> RegenerateAsync(string code, CancellationToken cancellationToken)
    {
        if (Refuse() is { } refusal)
        {
            return refusal;
        }

        if (await Reachable().Where(Invite.LiveAt(acts.Now)).AsNoTracking().SingleOrDefaultAsync(invite => invite.Code == code, cancellationToken) is not { } old)
        {
            return InvitesEndpoints.NotFound();
        }

        await db.Invites.Where(invite => invite.Code == code).ExecuteDeleteAsync(cancellationToken);
        var successor = new Invite
        {
            Code = InviteCode.New(),
            Server = old.Server,
            CreatedBy = old.CreatedBy,
            MaxUses = old.MaxUses,
            ExpiresAt = acts.Now + (old.ExpiresAt - old.CreatedAt),
            MembershipLasts = old.MembershipLasts,
            CreatedAt = acts.Now,
        };
        db.Add(successor);
        acts.Record(
            acts.Delta,
            lost: null,
            new AuditNote(AuditAction.InviteRegenerated, Before: new { old.Code, old.Uses }, After: new { successor.Code }),
            members: 0,
            Changed(code, live: false),
            Changed(successor.Code, live: true));
        return At(InviteResponse.Of(successor));
    }

    public async Task<ActOutcome<Nothing>> DeleteAsync(string code, CancellationToken cancellationToken)
    {
        if (Refuse() is { } refusal)
        {
            return refusal;
        }

        if (await Reachable().AsNoTracking().SingleOrDefaultAsync(invite => invite.Code == code, cancellationToken) is not { } old)
        {
            return InvitesEndpoints.NotFound();
        }

        await db.Invites.Where(invite => invite.Code == code).ExecuteDeleteAsync(cancellationToken);
        acts.Record(acts.Delta, lost: null, new AuditNote(AuditAction.InviteDeleted, Before: Shown(InviteResponse.Of(old))), members: 0, Changed(code, live: false));
        return Nothing.Done;
    }

    public async Task<ActOutcome<Nothing>> DeleteAllAsync(CancellationToken cancellationToken)
    {
        var live = await Live().OrderBy(invite => invite.CreatedAt).ThenBy(invite => invite.Code).Select(invite => invite.Code).ToListAsync(cancellationToken);
        await db.Invites.Where(invite => invite.Server == acts.Server.Id).ExecuteDeleteAsync(cancellationToken);
        if (live.Count > 0)
        {
            IServerEvent[] events = [.. live.Select(code => Changed(code, live: false))];
            acts.Record(acts.Delta, lost: null, new AuditNote(AuditAction.InviteDeleted, Before: new { Codes = live }), members: 0, events);
        }

        return Nothing.Done;
    }

    private IQueryable<Invite> Live() => db.Invites.Where(invite => invite.Server == acts.Server.Id).Where(Invite.LiveAt(acts.Now));

    /// <summary>Those that the actor may change: all for who manages the server, otherwise their own.</summary>
    private IQueryable<Invite> Reachable()
    {
        var ofServer = db.Invites.Where(invite => invite.Server == acts.Server.Id);
        return acts.Actor.Allows(Permissions.ManageServer) ? ofServer : ofServer.Where(invite => invite.CreatedBy == acts.Actor.User);
    }

    private ProblemHttpResult? Refuse() =>
        (acts.Actor.Granted & InvitesEndpoints.Concerned) == 0 ? ServerProblems.MissingPermission(Permissions.CreateInvite) : null;

    /// <summary>Bounds what a server keeps: nobody can come in by these.</summary>
    private Task<int> ClearAwayAsync(CancellationToken cancellationToken)
    {
        var (now, usedUpBefore) = (acts.Now, acts.Now - Invite.KeptUsedUp);
        return db.Invites
            .Where(old => old.Server == acts.Server.Id && (old.ExpiresAt <= now || (old.Uses >= old.MaxUses && old.CreatedAt <= usedUpBefore)))
            .ExecuteDeleteAsync(cancellationToken);
    }

    private InviteChanged Changed(string code, bool live) => new() { Server = acts.Server.Id, Rev = acts.Rev, Code = code, Live = live, At = acts.Now };

    private static object Shown(InviteResponse invite) => new { invite.Code, invite.MaxUses, invite.ExpiresAt, invite.MembershipSeconds };

    private static Changed<InviteResponse> At(InviteResponse invite) => new(invite, $"/api/v1/invites/{invite.Code}");
}
