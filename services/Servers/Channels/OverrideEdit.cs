using System.Security.Cryptography;
using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>
/// Sets and removes what channels change for roles and members, within a change of their server. Nobody does so for what stands level with or above them, for themselves, or
/// with a permission that they have not got in the channel.
/// </summary>
internal sealed class OverrideEdit(ServersDb db, ServerActs acts, ServerChanges changes)
{
    /// <summary>
    /// Stands for one override in <see cref="AccessLoss.Subject"/>: neither channel nor target would do, of which other changes speak too.
    /// </summary>
    public static Guid Subject(Guid channel, Guid target) => new(SHA256.HashData([.. channel.ToByteArray(), .. target.ToByteArray()]).AsSpan(0, 16));

    /// <param name="wanted">Checked.</param>
    public async Task<ActOutcome<ChannelOverrideResponse>> SetAsync(RuledChannel channel, Guid target, SetOverride wanted, CancellationToken cancellationToken)
    {
        if (await RefuseAsync(target, wanted.OfRole, gone: wanted.OfRole ? RoleChanges.NotFound() : MemberProblems.NotFound(), cancellationToken) is { } problem)
        {
            return problem;
        }

        var row = channel.Overrides.Find(row => row.Target == target);
        var before = row is null ? null : ChannelAudit.Of(row);
        var (allow, deny) = ((Permissions)wanted.Allow, (Permissions)wanted.Deny);
        var lost = (deny & ~(row?.Deny ?? Permissions.None)) | ((row?.Allow ?? Permissions.None) & ~allow);
        var gained = (allow & ~(row?.Allow ?? Permissions.None)) | ((row?.Deny ?? Permissions.None) & ~deny);
        if (row is not null && (lost | gained) == Permissions.None)
        {
            return new Changed<ChannelOverrideResponse>(ChannelOverrideResponse.Of(row));
        }

        if (Lacks(channel, lost | gained) is { } missing)
        {
            return missing;
        }

        if (row is null)
        {
            if (channel.Overrides.Count >= ChannelOverrideRow.MaxPerChannel)
            {
                return ChannelProblems.TooManyOverrides();
            }

            row = new ChannelOverrideRow { Channel = channel.Row.Id, Target = target, OfRole = wanted.OfRole };
            channel.Overrides.Add(row);
            db.Add(row);
        }

        (row.Allow, row.Deny) = (allow, deny);
        Record(channel, row, AuditAction.OverrideSet, before, ChannelAudit.Of(row), lost);
        return new Changed<ChannelOverrideResponse>(ChannelOverrideResponse.Of(row));
    }

    public async Task<ActOutcome<Nothing>> RemoveAsync(RuledChannel channel, Guid target, CancellationToken cancellationToken)
    {
        if (channel.Overrides.Find(row => row.Target == target) is not { } row)
        {
            return await changes.AwaitsAnswerAsync(channel.Row.Server, Subject(channel.Row.Id, target), cancellationToken) ? Nothing.Done : ChannelProblems.OverrideNotFound();
        }

        // What is denied to members who left stays until somebody removes it.
        if (await RefuseAsync(target, row.OfRole, gone: null, cancellationToken) is { } problem)
        {
            return problem;
        }

        if (Lacks(channel, row.Allow | row.Deny) is { } missing)
        {
            return missing;
        }

        var (before, lost) = (ChannelAudit.Of(row), row.Allow);
        channel.Overrides.Remove(row);
        db.Remove(row);
        (row.Allow, row.Deny) = (Permissions.None, Permissions.None);
        Record(channel, row, AuditAction.OverrideRemoved, before, null, lost);
        return Nothing.Done;
    }

    private void Record(RuledChannel channel, ChannelOverrideRow row, string action, object? before, object? after, Permissions lost) =>
        acts.Record(
            acts.Delta.WithChannel(channel.Row.Id, channel.Rules),
            lost == Permissions.None
                ? null
                : new AccessLoss(row.OfRole ? null : [row.Target], channel.Row.Id, after is null ? Subject(channel.Row.Id, row.Target) : null),
            new AuditNote(action, row.Target, before, after),
            members: 0,
            new ChannelOverrideChanged
            {
                Server = channel.Row.Server,
                Rev = acts.Rev,
                Channel = channel.Row.Id,
                Target = row.Target,
                Allow = row.Allow,
                Deny = row.Deny,
                At = acts.Now,
            });

    /// <summary>Whether the target is beyond the actor.</summary>
    /// <param name="gone">What to say when there is no such role or member; null: that does not matter.</param>
    private async Task<ProblemHttpResult?> RefuseAsync(Guid target, bool ofRole, ProblemHttpResult? gone, CancellationToken cancellationToken)
    {
        if (ofRole)
        {
            var role = await db.Roles.AsNoTracking()
                .Where(row => row.Id == target && row.Server == acts.Server.Id)
                .Select(row => new { row.Position, row.BuiltIn })
                .SingleOrDefaultAsync(cancellationToken);
            return role is null ? gone
                : role.BuiltIn == BuiltInRole.Owner.Code || !acts.Actor.Outranks(role.Position) ? ServerProblems.AboveYou("This role stands level with you or above.")
                : null;
        }

        if (target == acts.Actor.User)
        {
            return acts.Actor.Owner ? null : ServerProblems.AboveYou("Nobody changes their own rights.");
        }

        return await Memberships.StandingAsync(db, acts.Server.Id, target, acts.Now, cancellationToken) is not { } member ? gone
            : !acts.Actor.Rank.MayActOn(member.Standing.Owner, member.Top) ? MemberProblems.AboveYou()
            : null;
    }

    private ProblemHttpResult? Lacks(RuledChannel channel, Permissions changed) =>
        (changed & ~EffectivePermissions.Compute(acts.Actor.Standing, channel.Rules)) is not Permissions.None and var missing
            ? ServerProblems.AboveYou($"You have not got {missing} in this channel yourself.")
            : null;
}
