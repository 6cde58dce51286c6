using Chat.Contracts;
using Chat.ServiceDefaults;

namespace Chat.Servers.Channels;

/// <summary>What a channel is to change for a role or a member.</summary>
/// <param name="Kind"><c>role</c> or <c>member</c>.</param>
/// <param name="Allow">Flags to add, of <see cref="Permissions.OfChannels"/>.</param>
/// <param name="Deny">Flags to take away, of the same, none of them in <paramref name="Allow"/>.</param>
internal sealed record SetOverride(string? Kind = null, long Allow = 0, long Deny = 0)
{
    public bool OfRole => Kind == ChannelOverrideResponse.Role;

    public IReadOnlyList<FieldError> Check()
    {
        var errors = new List<FieldError>();
        if (Kind is not (ChannelOverrideResponse.Role or ChannelOverrideResponse.Member))
        {
            errors.Add(new FieldError("kind", Kind is null ? "required" : "invalid", $"{ChannelOverrideResponse.Role} or {ChannelOverrideResponse.Member}."));
        }

        foreach (var (field, flags) in (ReadOnlySpan<(string, long)>)[("allow", Allow), ("deny", Deny)])
        {
            if ((flags & ~(long)Permissions.OfChannels) != 0)
            {
                errors.Add(new FieldError(field, "not_of_channels", $"Flags of channels only: {(long)Permissions.OfChannels}."));
            }
        }

        if ((Allow & Deny) != 0)
        {
            errors.Add(new FieldError("deny", "overlap", "The same permission cannot be allowed and denied."));
        }
        else if ((Allow | Deny) == 0)
        {
            errors.Add(new FieldError("allow", "required", "An override changes something. To remove one, use DELETE."));
        }

        return errors;
    }
}

/// <summary>What a channel changes for a role or a member.</summary>
/// <param name="Target">The role's or the user's id.</param>
/// <param name="Kind"><c>role</c> or <c>member</c>.</param>
/// <param name="Allow">Flags added.</param>
/// <param name="Deny">Flags taken away.</param>
internal sealed record ChannelOverrideResponse(Guid Target, string Kind, Permissions Allow, Permissions Deny)
{
    public const string Role = "role";
    public const string Member = "member";

    public static string KindOf(bool ofRole) => ofRole ? Role : Member;

    public static ChannelOverrideResponse Of(ChannelOverrideRow row) => new(row.Target, KindOf(row.OfRole), row.Allow, row.Deny);
}
