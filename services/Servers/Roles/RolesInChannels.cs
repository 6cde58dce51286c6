using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Roles;

/// <summary>
/// What channels change for roles, held against what somebody may do there: who gives, takes or deletes a role gives or takes that too, and nobody does so with what they have not got.
/// Otherwise whoever manages roles would see every private channel that a role below them sees.
/// </summary>
internal sealed class RolesInChannels(ServersDb db, ServerActs acts)
{
    /// <summary>Whether the actor may let a member have other roles.</summary>
    /// <param name="moved">The roles that come or go.</param>
    public async Task<bool> MayMoveAsync(MemberStanding before, MemberStanding after, IReadOnlyCollection<Guid> moved, CancellationToken cancellationToken) =>
        (await ConcernedAsync(moved, cancellationToken)).TrueForAll(channel =>
        {
            var difference = EffectivePermissions.Compute(before, channel.Rules) ^ EffectivePermissions.Compute(after, channel.Rules);
            return Has(channel, difference & Said(channel, moved));
        });

    /// <summary>Whether the actor may delete a role.</summary>
    public async Task<bool> MayDeleteAsync(Guid role, CancellationToken cancellationToken) =>
        (await ConcernedAsync([role], cancellationToken)).TrueForAll(channel => Has(channel, Said(channel, [role])));

    private bool Has(RuledChannel channel, Permissions flags) => (flags & ~EffectivePermissions.Compute(acts.Actor.Standing, channel.Rules)) == Permissions.None;

    /// <summary>All flags that the channel changes for any of the roles.</summary>
    private static Permissions Said(RuledChannel channel, IReadOnlyCollection<Guid> roles) =>
        channel.Overrides.Where(row => roles.Contains(row.Target)).Aggregate(Permissions.None, (flags, row) => flags | row.Allow | row.Deny);

    /// <summary>The channels that change something for any of the roles; none for who is beyond all of it.</summary>
    private async Task<List<RuledChannel>> ConcernedAsync(IReadOnlyCollection<Guid> roles, CancellationToken cancellationToken)
    {
        if (acts.Actor.Allows(Permissions.Administrator))
        {
            return [];
        }

        var ids = await db.ChannelOverrides.Where(row => roles.Contains(row.Target)).Select(row => row.Channel).Distinct().ToListAsync(cancellationToken);
        if (ids.Count == 0)
        {
            return [];
        }

        var overrides = (await db.ChannelOverrides.AsNoTracking().Where(row => ids.Contains(row.Channel)).ToListAsync(cancellationToken)).ToLookup(row => row.Channel);
        return [.. (await db.Channels.AsNoTracking().Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken)).Select(row => new RuledChannel(row, [.. overrides[row.Id]]))];
    }
}
