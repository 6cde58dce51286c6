using System.Buffers.Binary;
using System.Text;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Invites;

/// <param name="MaxUses">1 to 1000; absent: without limit.</param>
/// <param name="ExpiresInSeconds">60 to 2,592,000 (30 days), or 0: never; absent: 7 days.</param>
/// <param name="MembershipSeconds">600 to 2,592,000: who comes in by it is a member for that long only; absent: for good.</param>
/// <param name="Temporary">True without <paramref name="MembershipSeconds"/>: a membership of a day.</param>
internal sealed record CreateInvite(int? MaxUses = null, int? ExpiresInSeconds = null, int? MembershipSeconds = null, bool? Temporary = null)
{
    private const int Never = 0;

    /// <summary>Null: it never expires.</summary>
    internal TimeSpan? Lifetime => ExpiresInSeconds switch
    {
        null => Invite.DefaultLifetime,
        Never => null,
        { } seconds => TimeSpan.FromSeconds(seconds),
    };

    /// <summary>Null: for good.</summary>
    internal TimeSpan? MembershipLasts => MembershipSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Temporary is true ? Invite.DefaultMembership : null;

    internal IReadOnlyCollection<FieldError> Check()
    {
        var errors = new List<FieldError>();
        if (MaxUses is < 1 or > Invite.MaxUsesLimit)
        {
            errors.Add(new FieldError("maxUses", "out_of_range", $"1 to {Invite.MaxUsesLimit}."));
        }

        if (Lifetime is { } lifetime && (lifetime < Invite.MinLifetime || lifetime > Invite.MaxLifetime))
        {
            errors.Add(new FieldError("expiresInSeconds", "out_of_range", $"{Invite.MinLifetime.TotalSeconds:0} to {Invite.MaxLifetime.TotalSeconds:0}, or 0."));
        }

        if (MembershipLasts is { } lasts && (lasts < Invite.MinMembership || lasts > Invite.MaxMembership))
        {
            errors.Add(new FieldError("membershipSeconds", "out_of_range", $"{Invite.MinMembership.TotalSeconds:0} to {Invite.MaxMembership.TotalSeconds:0}."));
        }

        if (Temporary is false && MembershipSeconds is not null)
        {
            errors.Add(new FieldError("temporary", "contradictory", "A membership with an end is temporary."));
        }

        return errors;
    }
}

/// <param name="MaxUses">Absent: without limit.</param>
/// <param name="ExpiresAt">Absent: never.</param>
/// <param name="MembershipSeconds">How long who comes in by it stays; absent: for good.</param>
internal sealed record InviteResponse(
    string Code, Guid Server, Guid CreatedBy, int Uses, int? MaxUses, DateTimeOffset? ExpiresAt, int? MembershipSeconds, DateTimeOffset CreatedAt)
{
    public static InviteResponse Of(Invite invite) =>
        new(invite.Code, invite.Server, invite.CreatedBy, invite.Uses, invite.MaxUses, invite.ExpiresAt, (int?)invite.MembershipLasts?.TotalSeconds, invite.CreatedAt);
}

/// <summary>The server that the caller is a member of now.</summary>
internal sealed record Accepted(ServerResponse Server);

/// <summary>What anybody sees who has the code, before joining and without signing in: nothing else about the server.</summary>
/// <param name="Code">As it is written: vanity codes in lower case.</param>
/// <param name="ExpiresAt">Absent: never.</param>
/// <param name="MembershipSeconds">How long the membership lasts; absent: for good.</param>
internal sealed record InvitePreview(string Code, InvitedServer Server, DateTimeOffset? ExpiresAt, int? MembershipSeconds);

/// <param name="Description">Absent when it says nothing about itself.</param>
/// <param name="Icon">The file of its icon; absent when there is none.</param>
/// <param name="Banner">The file of its banner; absent when there is none.</param>
/// <param name="ChannelCount">Those that are not private.</param>
internal sealed record InvitedServer(Guid Id, string Name, string? Description, Guid? Icon, Guid? Banner, bool Public, int MemberCount, int ChannelCount);

/// <summary>The place of an invite in its list: when it was created, then its code.</summary>
internal static class InviteCursor
{
    private const int Length = sizeof(long) + InviteCode.Length;

    public static string Of(Invite invite)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, invite.CreatedAt.UtcTicks);
        Encoding.ASCII.GetBytes(invite.Code, bytes[sizeof(long)..]);
        return Cursor.Of(bytes);
    }

    public static bool TryRead(string? cursor, out DateTimeOffset createdAt, out string code)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var valid = Cursor.TryRead(cursor, bytes);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        code = Encoding.ASCII.GetString(bytes[sizeof(long)..]);
        valid = valid && ticks >= DateTimeOffset.UnixEpoch.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks && InviteCode.IsWellFormed(code);
        createdAt = valid ? new DateTimeOffset(ticks, TimeSpan.Zero) : DateTimeOffset.MinValue;
        code = valid ? code : "";
        return valid || cursor is null;
    }
}
