using Chat.ServiceDefaults;

namespace Chat.Servers.Access;

/// <summary>A change that is only thought of. Exactly one member is there.</summary>
/// <param name="Role">A role would grant something else.</param>
/// <param name="DeleteRole">A role would be deleted.</param>
/// <param name="Member">A member would hold other roles.</param>
/// <param name="Override">A channel would change something else for a role or a member.</param>
/// <param name="Channel">A channel would become private, or open to all.</param>
internal sealed record PreviewRequest(
    PreviewRequest.RoleChange? Role = null,
    Guid? DeleteRole = null,
    PreviewRequest.MemberChange? Member = null,
    PreviewRequest.OverrideChange? Override = null,
    PreviewRequest.ChannelChange? Channel = null)
{
    private const int MaxRoles = Roles.Role.MaxPerServer;

    /// <summary>Reads the one change.</summary>
    /// <returns>What is wrong with the request, by field; none when <paramref name="change"/> is there.</returns>
    public IReadOnlyList<FieldError> Read(out ProposedChange? change)
    {
        change = null;
        object?[] given = [Role, DeleteRole, Member, Override, Channel];
        if (given.Count(member => member is not null) != 1)
        {
            return [new FieldError("change", "exactly_one", "Exactly one of role, deleteRole, member, override and channel.")];
        }

        var errors = new List<FieldError>();
        change = this switch
        {
            { Role: { } role } => new ProposedRole(Required(role.Id, "role.id"), Flags(Required(role.Permissions, "role.permissions"), Contracts.Permissions.All, "role.permissions")),
            { DeleteRole: { } deleted } => new ProposedRoleDeletion(deleted),
            { Member: { } member } => new ProposedMember(Required(member.Id, "member.id"), Roles(member.Roles)),
            { Override: { } ofChannel } => new ProposedOverride(
                Required(ofChannel.Channel, "override.channel"),
                Required(ofChannel.Target, "override.target"),
                Flags(ofChannel.Allow ?? default, Contracts.Permissions.OfChannels, "override.allow"),
                Flags(ofChannel.Deny ?? default, Contracts.Permissions.OfChannels, "override.deny"),
                Removed: ofChannel is { Allow: null, Deny: null }),
            { Channel: { } channel } => new ProposedPrivacy(Required(channel.Id, "channel.id"), Required(channel.Private, "channel.private")),
            _ => null,
        };
        if (Override is { Allow: { } allow, Deny: { } deny } && (allow & deny) != 0)
        {
            errors.Add(new FieldError("override.deny", "overlap", "The same permission cannot be allowed and denied."));
        }

        return errors;

        T Required<T>(T? value, string field) where T : struct
        {
            if (value is null)
            {
                errors.Add(new FieldError(field, "required", "A value is required."));
            }

            return value.GetValueOrDefault();
        }

        Contracts.Permissions Flags(Contracts.Permissions flags, Contracts.Permissions known, string field)
        {
            if ((flags & ~known) != 0)
            {
                errors.Add(known == Contracts.Permissions.All
                    ? new FieldError(field, "unknown_permission", "It has bits that mean nothing.")
                    : new FieldError(field, "not_of_channels", $"Flags of channels only: {(long)known}."));
            }

            return flags;
        }

        IReadOnlyList<Guid> Roles(IReadOnlyList<Guid>? roles)
        {
            if (roles is null)
            {
                errors.Add(new FieldError("member.roles", "required", "A list is required."));
            }
            else if (roles.Count > MaxRoles)
            {
                errors.Add(new FieldError("member.roles", "too_many", $"At most {MaxRoles} roles."));
            }

            return [.. (roles ?? []).Distinct()];
        }
    }

    /// <param name="Permissions">What the role would grant.</param>
    internal sealed record RoleChange(Guid? Id = null, Contracts.Permissions? Permissions = null);

    /// <param name="Id">The user.</param>
    /// <param name="Roles">All the roles they would hold.</param>
    internal sealed record MemberChange(Guid? Id = null, IReadOnlyList<Guid>? Roles = null);

    /// <param name="Target">A role or a member.</param>
    /// <param name="Allow">Flags it would add.</param>
    /// <param name="Deny">Flags it would take; absent like <paramref name="Allow"/>: the override would be removed.</param>
    internal sealed record OverrideChange(Guid? Channel = null, Guid? Target = null, Contracts.Permissions? Allow = null, Contracts.Permissions? Deny = null);

    internal sealed record ChannelChange(Guid? Id = null, bool? Private = null);
}
