using Chat.Contracts;
using Chat.Servers.Roles;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Members;

/// <summary>What is to be different about a member.</summary>
/// <param name="Nickname">1 to 32 characters; null: none.</param>
/// <param name="Roles">All roles they shall hold, at most 250. Who would be left without a built-in role holds Guest.</param>
/// <param name="TimeoutUntil">In the future, at most 28 days; null lifts it.</param>
internal sealed record EditMember(Optional<string?> Nickname = default, Optional<IReadOnlyList<Guid>> Roles = default, Optional<DateTimeOffset?> TimeoutUntil = default)
{
    /// <summary>What it takes to change this of oneself or of somebody else.</summary>
    public Permissions Needed(bool self) =>
        (Nickname.IsSet ? self ? Permissions.ChangeNickname : Permissions.ManageNicknames : Permissions.None)
        | (Roles.IsSet ? Permissions.ManageRoles : Permissions.None)
        | (TimeoutUntil.IsSet ? Permissions.ModerateMembers : Permissions.None);

    /// <summary>What is wrong by itself; otherwise what is wanted, in the form it is kept in.</summary>
    public List<FieldError> Check(out EditMember wanted)
    {
        var errors = new List<FieldError>();
        wanted = this;
        if (Nickname.TryGet(out var given) && given is not null)
        {
            if (PlainText.Check("nickname", given, 1, Member.MaxNicknameLength, out var nickname) is { } error)
            {
                errors.Add(error);
            }

            wanted = this with { Nickname = new Optional<string?>(nickname) };
        }

        if (Roles.TryGet(out var roles) && roles.Count > Role.MaxPerServer)
        {
            errors.Add(new FieldError("roles", "too_many", $"At most {Role.MaxPerServer} roles."));
        }

        return errors;
    }
}
