using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Access;

/// <summary>A role, as far as permissions follow from it.</summary>
internal sealed record StructureRole(Granted Granted, string? BuiltIn);

/// <summary>What the permissions of all members of a server follow from, but for what each of them is.</summary>
/// <param name="Channels">Ordered by id.</param>
internal sealed record RightsStructure(
    Guid Server, long Rev, Guid Owner, bool Archived, IReadOnlyDictionary<Guid, StructureRole> Roles, IReadOnlyList<(Guid Id, ChannelRules Rules)> Channels)
{
    /// <summary>What a member is who holds these roles.</summary>
    public MemberStanding Standing(Guid user, IEnumerable<Guid> roles, bool timedOut) => new(
        user,
        Owner == user,
        [.. roles.Where(Roles.ContainsKey).Select(role => new HeldRole(role, Roles[role].Granted))],
        timedOut,
        Archived);

    /// <summary>The same with another thing in the place of one role; null: without it.</summary>
    public RightsStructure With(Guid role, StructureRole? changed)
    {
        var roles = new Dictionary<Guid, StructureRole>(Roles);
        if (changed is null)
        {
            roles.Remove(role);
        }
        else
        {
            roles[role] = changed;
        }

        return this with { Roles = roles };
    }

    /// <summary>The same with one channel changed.</summary>
    public RightsStructure With(Guid channel, Func<ChannelRules, ChannelRules> change) =>
        this with { Channels = [.. Channels.Select(entry => entry.Id == channel ? (entry.Id, change(entry.Rules)) : entry)] };
}

/// <summary>A change that is only thought of.</summary>
internal abstract record ProposedChange
{
    /// <summary>The one channel that it concerns; null: the whole server.</summary>
    public virtual Guid? Channel => null;

    /// <summary>The role whose holders, or the member whom alone it concerns; null: everybody.</summary>
    public virtual Guid? Target => null;

    /// <summary>What the server would be.</summary>
    public virtual RightsStructure Apply(RightsStructure structure) => structure;

    /// <summary>What roles a member would hold.</summary>
    public virtual IReadOnlyList<Guid> RolesOf(Guid user, IReadOnlyList<Guid> held) => held;
}

/// <summary>A role would grant something else.</summary>
internal sealed record ProposedRole(Guid Role, Granted Granted) : ProposedChange
{
    public override Guid? Target => Role;

    public override RightsStructure Apply(RightsStructure structure) => structure.With(Role, structure.Roles[Role] with { Granted = Granted });
}

/// <summary>A role would be deleted, and what overrides say of it with it.</summary>
internal sealed record ProposedRoleDeletion(Guid Role) : ProposedChange
{
    public override Guid? Target => Role;

    public override RightsStructure Apply(RightsStructure structure) => structure.With(Role, changed: null);
}

/// <summary>A member would hold these roles and no others.</summary>
internal sealed record ProposedMember(Guid User, IReadOnlyList<Guid> Roles) : ProposedChange
{
    public override Guid? Target => User;

    public override IReadOnlyList<Guid> RolesOf(Guid user, IReadOnlyList<Guid> held) => user == User ? Roles : held;
}

/// <summary>A channel would have another override, or none, for a role or a member.</summary>
internal sealed record ProposedOverride(Guid OfChannel, Guid OfTarget, Granted Allow, Granted Deny, bool Removed) : ProposedChange
{
    public override Guid? Channel => OfChannel;

    public override Guid? Target => OfTarget;

    public override RightsStructure Apply(RightsStructure structure) => structure.With(OfChannel, rules => rules with
    {
        Overrides = [.. rules.Overrides.Where(change => change.Target != OfTarget), .. Removed ? Array.Empty<ChannelOverride>() : [new ChannelOverride(OfTarget, Allow, Deny)]],
    });
}

/// <summary>A channel would be private or not.</summary>
internal sealed record ProposedPrivacy(Guid OfChannel, bool Private) : ProposedChange
{
    public override Guid? Channel => OfChannel;

    public override RightsStructure Apply(RightsStructure structure) => structure.With(OfChannel, rules => rules with { Private = Private });
}
