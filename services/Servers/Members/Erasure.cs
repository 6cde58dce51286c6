using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>
/// Takes an erased account out of its servers. First the profile is marked, under the lock that joining takes, so that a join still on its way is either seen
/// here or refused; then the memberships end one by one, as by leaving. May be run again after any failure. Servers that the account owns stay as they are, with
/// "Deleted user" as owner and member and without a nickname; bans and timeouts of the account stay, which know no more than its id. See docs/decisions/0007-erased-owners.md.
/// </summary>
internal sealed class Erasure(ServersDb db, IServiceScopeFactory scopes)
{
    public async Task RunAsync(Guid user, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into profiles (id, username, display_name, updated_at, deleted)
            values ({user}, {Profile.DeletedUsername}, {Profile.DeletedDisplayName}, {at.ToUniversalTime()}, true)
            on conflict (id) do update set username = excluded.username, display_name = excluded.display_name, updated_at = excluded.updated_at, deleted = true
            where not profiles.deleted
            """,
            cancellationToken);

        // Those left by an attempt that could not be finished are still to take effect.
        var servers = await db.Members
            .Where(member => member.User == user && !db.Servers.Any(server => server.Id == member.Server && server.Owner == user))
            .Select(member => member.Server)
            .Union(db.UnsettledChanges.Where(change => change.Subject == user).Select(change => change.Server))
            .ToListAsync(cancellationToken);
        foreach (var server in servers)
        {
            await LeaveAsync(server, user, cancellationToken);
        }

        var named = await db.Members.Where(member => member.User == user && member.Nickname != null).Select(member => member.Server).ToListAsync(cancellationToken);
        foreach (var server in named)
        {
            await RenameAsync(server, user, at, cancellationToken);
        }
    }

    /// <summary>Takes the nickname from an owner who stays as "Deleted user".</summary>
    private async Task RenameAsync(Guid server, Guid user, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (own, changes) = (scope.ServiceProvider.GetRequiredService<ServersDb>(), scope.ServiceProvider.GetRequiredService<ServerChanges>());
        await using var transaction = await own.Database.BeginTransactionAsync(cancellationToken);
        if (await changes.RaiseAsync(server, members: 0, cancellationToken) is not { } rev
            || await own.Members
                .Where(member => member.Server == server && member.User == user && member.Nickname != null)
                .ExecuteUpdateAsync(set => set.SetProperty(member => member.Nickname, (string?)null), cancellationToken) == 0)
        {
            return;
        }

        changes.Record(new ModelDelta(server, rev), lost: null, new MemberRenamed { Server = server, Rev = rev, User = user, At = at });
        await own.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await changes.PublishAsync();
    }

    private async Task LeaveAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        // One change per scope, as there is one per request.
        await using var scope = scopes.CreateAsyncScope();
        var (own, departure, changes) = (
            scope.ServiceProvider.GetRequiredService<ServersDb>(),
            scope.ServiceProvider.GetRequiredService<Departure>(),
            scope.ServiceProvider.GetRequiredService<ServerChanges>());
        await using (var transaction = await own.Database.BeginTransactionAsync(cancellationToken))
        {
            // Refused when the membership ended or became an ownership meanwhile: then there is nothing to do here.
            if ((await departure.LeaveAsync(server, user, cancellationToken)).Result is not Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult)
            {
                await transaction.CommitAsync(cancellationToken);
            }
        }

        if (!await changes.TakeEffectAsync(server, user, cancellationToken))
        {
            throw new ServiceUnavailableException("not_yet_effective", "An erased account's leaving is committed, but not every part of the system knows yet.");
        }
    }
}
