using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Servers;

/// <summary>Hands a server over to another of its members. The one who had it goes on as Admin.</summary>
internal static class OwnershipTransfer
{
    private static readonly Needs TheOwner = new() { Ownership = true, EvenArchived = true };

    /// <summary>Once this is answered, the former owner may no more than an Admin.</summary>
    public static async Task<Results<Ok<ServerResponse>, ProblemHttpResult>> TransferAsync(
        Guid server, TransferServer request, Caller caller, HttpContext http, [AsParameters] TransferServices services, CancellationToken cancellationToken)
    {
        if (request.User is not { } user)
        {
            return Problems.Validation(new FieldError("user", "required", "Who is to own the server."));
        }

        var (db, acts, changes, accounts, time) = services;
        // Before the lock, which is not to wait for another service.
        var person = await accounts.IsActivePersonAsync(user, cancellationToken);
        var transferred = await acts.RunAsync<ServerResponse>(
            http,
            caller,
            server,
            request,
            TheOwner,
            async ct => user != caller.Id && await MoveAsync(db, acts, user, person, ct) is { } problem ? problem : await ServerReader.OfActorAsync(db, acts, ct),
            cancellationToken,
            subject: caller.Id);

        // Done by an earlier request of the same person that was not answered: this one answers for it.
        if (transferred.Result is ProblemHttpResult { StatusCode: StatusCodes.Status403Forbidden }
            && await changes.AwaitsAnswerAsync(server, caller.Id, cancellationToken)
            && await db.Servers.AnyAsync(row => row.Id == server && row.Owner == user, cancellationToken))
        {
            return await acts.AnswerForAsync(server, caller.Id, cancellationToken) is { } notYet ? notYet
                : await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is { } seen ? TypedResults.Ok(seen)
                : ServerProblems.NotFound();
        }

        return transferred;
    }

    private static async Task<ProblemHttpResult?> MoveAsync(ServersDb db, ServerActs acts, Guid user, bool person, CancellationToken cancellationToken)
    {
        var (server, former) = (acts.Server, acts.Actor.User);
        var members = await db.Members.Include(member => member.Roles)
            .Where(member => member.Server == server.Id && (member.User == user || member.User == former))
            .ToDictionaryAsync(member => member.User, cancellationToken);
        if (!members.TryGetValue(user, out var heir))
        {
            return MemberProblems.NotFound();
        }

        if (!person || await db.Profiles.AnyAsync(profile => profile.Id == user && profile.Deleted, cancellationToken))
        {
            return Problems.Validation(new FieldError("user", "not_eligible", "A server is owned by a person whose account is in use."));
        }

        var roles = await db.Roles.AsNoTracking()
            .Where(role => role.Server == server.Id && (role.BuiltIn == BuiltInRole.Owner.Code || role.BuiltIn == BuiltInRole.Admin.Code))
            .ToDictionaryAsync(role => role.BuiltIn ?? "", role => role.Id, cancellationToken);
        var (owner, admin) = (roles[BuiltInRole.Owner.Code], roles[BuiltInRole.Admin.Code]);
        var leaver = members[former];
        leaver.Roles.RemoveAll(held => held.Role == owner);
        Hold(leaver, admin);
        Hold(heir, owner);
        // Every server has an owner who stays.
        heir.EndsAt = null;
        server.Owner = user;

        Guid[] formers = [.. leaver.Roles.Select(held => held.Role)], heirs = [.. heir.Roles.Select(held => held.Role)];
        acts.Record(
            acts.Delta.WithOwner(user).WithMember(former, formers).WithMember(user, heirs),
            new AccessLoss([former], Subject: former),
            new AuditNote(AuditAction.ServerTransferred, user, new { owner = former }, new { owner = user }),
            members: 0,
            server.Updated(acts.Rev, acts.Now),
            new MemberRolesChanged { Server = server.Id, Rev = acts.Rev, User = former, Roles = formers, At = acts.Now },
            new MemberRolesChanged { Server = server.Id, Rev = acts.Rev, User = user, Roles = heirs, At = acts.Now });
        await db.SaveChangesAsync(cancellationToken);
        return null;
    }

    private static void Hold(Member member, Guid role)
    {
        if (member.Roles.TrueForAll(held => held.Role != role))
        {
            member.Roles.Add(new MemberRole { Server = member.Server, User = member.User, Role = role });
        }
    }

    /// <param name="User">The new owner: a member.</param>
    internal sealed record TransferServer(Guid? User = null);

    internal sealed record TransferServices(ServersDb Db, ServerActs Acts, ServerChanges Changes, IdentityAccounts Accounts, TimeProvider Time);
}
