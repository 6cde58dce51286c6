using System.Runtime.CompilerServices;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Export;

/// <summary>Reads what servers has of a person. What has no bound is read page by page, each when the one before it has been taken.</summary>
internal sealed class PersonExport(ServersDb db)
{
    private const int PageSize = 500;

    /// <summary>In the order of joining. At most <see cref="Servers.Server.MaxPerUser"/>, so they are read at once.</summary>
    public async IAsyncEnumerable<ExportedMembership> MembershipsAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var memberships = await db.Members.AsNoTracking()
            .Where(member => member.User == user)
            .Join(db.Servers, member => member.Server, server => server.Id, (member, server) => new { member, server })
            .OrderBy(row => row.member.JoinedAt).ThenBy(row => row.server.Id)
            .Select(row => new ExportedMembership(
                row.server.Id,
                row.server.Name,
                row.member.Nickname,
                row.member.JoinedAt,
                row.member.EndsAt,
                row.server.Owner == user,
                row.member.Roles.Join(db.Roles, held => held.Role, role => role.Id, (_, role) => role.Name).OrderBy(name => name).ToList()))
            .ToListAsync(cancellationToken);
        foreach (var membership in memberships)
        {
            yield return membership;
        }
    }

    /// <summary>Those that are still stored, expired ones included, in the order they were created.</summary>
    public async IAsyncEnumerable<ExportedInvite> InvitesAsync(Guid user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (createdAt, code) = (DateTimeOffset.MinValue, "");
        List<ExportedInvite> page;
        do
        {
            page = await db.Invites.AsNoTracking()
                .Where(invite => invite.CreatedBy == user)
                .Where(invite => EF.Functions.GreaterThan(ValueTuple.Create(invite.CreatedAt, invite.Code), ValueTuple.Create(createdAt, code)))
                .OrderBy(invite => invite.CreatedAt).ThenBy(invite => invite.Code)
                .Take(PageSize)
                .Select(invite => new ExportedInvite(invite.Code, invite.Server, invite.Uses, invite.MaxUses, invite.ExpiresAt, invite.CreatedAt))
                .ToListAsync(cancellationToken);
            foreach (var invite in page)
            {
                yield return invite;
            }

            if (page is [.., var last])
            {
                (createdAt, code) = (last.CreatedAt, last.Code);
            }
        }
        while (page.Count == PageSize);
    }
}

/// <param name="Nickname">The name the person goes by there; absent: their display name.</param>
/// <param name="EndsAt">When a temporary membership ends; absent: it does not.</param>
/// <param name="Roles">The names of the roles held.</param>
internal sealed record ExportedMembership(Guid Server, string ServerName, string? Nickname, DateTimeOffset JoinedAt, DateTimeOffset? EndsAt, bool Owner, IReadOnlyList<string> Roles);

internal sealed record ExportedInvite(string Code, Guid Server, int Uses, int? MaxUses, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt);
