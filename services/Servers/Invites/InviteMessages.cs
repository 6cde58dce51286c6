using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Invites;

/// <param name="MaxUses">1 to 1000; absent: without limit.</param>
/// <param name="ExpiresInSeconds">60 to 2,592,000 (30 days); absent: 7 days.</param>
internal sealed record CreateInvite(int? MaxUses = null, int? ExpiresInSeconds = null)
{
    internal TimeSpan Lifetime => ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Invite.DefaultLifetime;

    internal IReadOnlyCollection<FieldError> Check()
    {
        var errors = new List<FieldError>();
        if (MaxUses is < 1 or > Invite.MaxUsesLimit)
        {
            errors.Add(new FieldError("maxUses", "out_of_range", $"1 to {Invite.MaxUsesLimit}."));
        }

        if (Lifetime < Invite.MinLifetime || Lifetime > Invite.MaxLifetime)
        {
            errors.Add(new FieldError("expiresInSeconds", "out_of_range", $"{Invite.MinLifetime.TotalSeconds:0} to {Invite.MaxLifetime.TotalSeconds:0}."));
        }

        return errors;
    }
}

internal sealed record InviteResponse(string Code, Guid Server, Guid CreatedBy, int Uses, int? MaxUses, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt)
{
    public static InviteResponse Of(Invite invite) =>
        new(invite.Code, invite.Server, invite.CreatedBy, invite.Uses, invite.MaxUses, invite.ExpiresAt, invite.CreatedAt);
}

internal sealed record Accepted(ServerResponse Server);
