using System.Linq.Expressions;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Invites;

internal sealed class Invite
{
    /// <summary>The most live invites a server may have.</summary>
    public const int MaxLivePerServer = 100;

    public const int MaxUsesLimit = 1000;
    public static readonly TimeSpan MinLifetime = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);
    public static readonly TimeSpan MinMembership = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan MaxMembership = TimeSpan.FromDays(30);
    public static readonly TimeSpan DefaultMembership = TimeSpan.FromDays(1);

    /// <summary>One that is used up is kept this long, so that repeating the request that used it up finds it.</summary>
    public static readonly TimeSpan KeptUsedUp = TimeSpan.FromDays(1);

    public required string Code { get; init; }

    public Guid Server { get; init; }

    public Guid CreatedBy { get; init; }

    public int Uses { get; set; }

    /// <summary>Null: as often as wished until it expires.</summary>
    public int? MaxUses { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How long the membership of who comes in by it lasts unless they are given a role; null: for good.</summary>
    public TimeSpan? MembershipLasts { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether somebody may come in by it.</summary>
    public static Expression<Func<Invite, bool>> LiveAt(DateTimeOffset now) =>
        invite => (invite.ExpiresAt == null || invite.ExpiresAt > now) && (invite.MaxUses == null || invite.Uses < invite.MaxUses);
}

internal sealed class InviteConfiguration : IEntityTypeConfiguration<Invite>
{
    public void Configure(EntityTypeBuilder<Invite> builder)
    {
        builder.ToTable("invites", table => table.HasCheckConstraint("ck_invites_uses", "max_uses is null or uses <= max_uses"));
        builder.HasKey(invite => invite.Code);
        builder.Property(invite => invite.Code).HasColumnName("code").HasMaxLength(InviteCode.Length).UseCollation("C");
        builder.Property(invite => invite.Server).HasColumnName("server_id");
        builder.Property(invite => invite.CreatedBy).HasColumnName("created_by");
        builder.Property(invite => invite.Uses).HasColumnName("uses");
        builder.Property(invite => invite.MaxUses).HasColumnName("max_uses");
        builder.Property(invite => invite.ExpiresAt).HasColumnName("expires_at");
        builder.Property(invite => invite.MembershipLasts).HasColumnName("membership_lasts");
        builder.Property(invite => invite.CreatedAt).HasColumnName("created_at");
        builder.HasOne<Server>().WithMany().HasForeignKey(invite => invite.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(invite => new { invite.Server, invite.ExpiresAt }).HasDatabaseName("ix_invites_server_expires_at");
        builder.HasIndex(invite => new { invite.CreatedBy, invite.CreatedAt }).HasDatabaseName("ix_invites_created_by");
    }
}
