using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Access;

/// <summary>What somebody would gain and lose.</summary>
/// <param name="Channel">Where; absent: throughout the server.</param>
/// <param name="Gains">A set of flags.</param>
/// <param name="Loses">A set of flags.</param>
internal sealed record PreviewItem(Guid User, Guid? Channel, Granted Gains, Granted Loses);

/// <summary>A page of a preview.</summary>
/// <param name="Rev">The server's revision that it is of.</param>
/// <param name="Next">The cursor of the next page; absent on the last. A page may show less than was asked for, even nothing, and not be the last.</param>
internal sealed record PreviewPage(IReadOnlyList<PreviewItem> Items, long Rev, string? Next);

/// <summary>Who would gain or lose what, in the server and in those of its channels that the one who asks can see.</summary>
internal sealed class AccessPreview
{
    private readonly RightsStructure _before;
    private readonly RightsStructure _after;
    private readonly ProposedChange _change;
    private readonly (Guid Id, ChannelRules Before, ChannelRules After)[] _channels;
    private readonly HashSet<Guid> _overridden;
    private readonly Dictionary<string, PreviewItem[]> _alike = new(StringComparer.Ordinal);

    public AccessPreview(RightsStructure structure, ProposedChange change, MemberStanding asking)
    {
        (_before, _after, _change) = (structure, change.Apply(structure), change);
        _channels = [.. structure.Channels.Zip(_after.Channels, (before, after) => (before.Id, Before: before.Rules, After: after.Rules))
            .Where(channel => (change.Channel is not { } only || channel.Id == only) && EffectivePermissions.Compute(asking, channel.Before) != Granted.None)];
        _overridden = [.. _channels.SelectMany(channel => channel.Before.Overrides.Concat(channel.After.Overrides)).Select(one => one.Target)];
    }

    /// <summary>The next items, at most <paramref name="size"/>, of at most <see cref="PreviewReader.MostMembers"/> members.</summary>
    /// <param name="members">Those concerned, from the user of <paramref name="shown"/> on, and one more than are looked at where there are more.</param>
    /// <param name="shown">The last item that was shown already.</param>
    public PreviewPage Page(IReadOnlyList<PreviewedMember> members, PreviewKey shown, int size)
    {
        var items = new List<PreviewItem>(size);
        foreach (var member in members.Take(PreviewReader.MostMembers))
        {
            foreach (var item in Of(member).Where(item => !shown.Covers(item)))
            {
                if (items.Count == size)
                {
                    return new PreviewPage(items, _before.Rev, PreviewKey.Of(items[^1]).Encode());
                }

                items.Add(item);
            }
        }

        var next = members.Count > PreviewReader.MostMembers ? PreviewKey.AllOf(members[PreviewReader.MostMembers - 1].User).Encode() : null;
        return new PreviewPage(items, _before.Rev, next);
    }

    private IEnumerable<PreviewItem> Of(PreviewedMember member)
    {
        if (member.User == _before.Owner || _overridden.Contains(member.User))
        {
            return Differences(member);
        }

        // Few sets of roles are held by many: what one of their holders gains the others do too.
        var kind = $"{member.TimedOut}:{string.Join(',', member.Roles)}";
        if (!_alike.TryGetValue(kind, out var differences))
        {
            _alike.Add(kind, differences = [.. Differences(member)]);
        }

        return differences.Select(item => item with { User = member.User });
    }

    private IEnumerable<PreviewItem> Differences(PreviewedMember member)
    {
        var before = _before.Standing(member.User, member.Roles, member.TimedOut);
        var after = _after.Standing(member.User, _change.RolesOf(member.User, member.Roles), member.TimedOut);
        if (_change.Channel is null && Difference(member.User, null, EffectivePermissions.InServer(before), EffectivePermissions.InServer(after)) is { } everywhere)
        {
            yield return everywhere;
        }

        // Who is granted the same by their roles is concerned only where a channel changes, or speaks of a role that comes or goes.
        var alike = Union(before) == Union(after);
        HashSet<Guid> moved = [.. before.Roles.Select(role => role.Id)];
        moved.SymmetricExceptWith(after.Roles.Select(role => role.Id));
        foreach (var channel in _channels)
        {
            if (alike && ReferenceEquals(channel.Before, channel.After) && (moved.Count == 0 || !channel.Before.Overrides.Any(one => moved.Contains(one.Target))))
            {
                continue;
            }

            if (Difference(member.User, channel.Id, EffectivePermissions.Compute(before, channel.Before), EffectivePermissions.Compute(after, channel.After)) is { } there)
            {
                yield return there;
            }
        }
    }

    private static Granted Union(MemberStanding member) => member.Roles.Aggregate(Granted.None, (granted, role) => granted | role.Granted);

    private static PreviewItem? Difference(Guid user, Guid? channel, Granted before, Granted after) =>
        before == after ? null : new PreviewItem(user, channel, after & ~before, before & ~after);
}
