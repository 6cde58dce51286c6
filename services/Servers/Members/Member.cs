using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Members;

internal sealed class Member
{
    public const int MaxNicknameLength = 32;

    public Guid Server { get; init; }

    public Guid User { get; init; }

    /// <summary>The server's revision of the joining: unique in the server, so it orders the member list.</summary>
    public long JoinedRev { get; init; }

    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>The name the member goes by here; null: their display name.</summary>
    public string? Nickname { get; set; }

    /// <summary>When a temporary membership ends by itself; null: it does not.</summary>
    public DateTimeOffset? EndsAt { get; set; }

    public List<MemberRole> Roles { get; init; } = [];
}

/// <summary>A role that a member holds.</summary>
internal sealed class MemberRole
{
    public Guid Server { get; init; }

    public Guid User { get; init; }

    public Guid Role { get; init; }
}

internal sealed class MemberConfiguration : IEntityTypeConfiguration<Member>
{
    public void Configure(EntityTypeBuilder<Member> builder)
    {
        builder.ToTable("members");
        builder.HasKey(member => new { member.Server, member.User });
        builder.Property(member => member.Server).HasColumnName("server_id");
        builder.Property(member => member.User).HasColumnName("user_id");
        builder.Property(member => member.JoinedRev).HasColumnName("joined_rev");
        builder.Property(member => member.JoinedAt).HasColumnName("joined_at");
        builder.Property(member => member.Nickname).HasColumnName("nickname").HasMaxLength(Member.MaxNicknameLength);
        builder.Property(member => member.EndsAt).HasColumnName("ends_at");
        builder.HasOne<Server>().WithMany().HasForeignKey(member => member.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Profile>().WithMany().HasForeignKey(member => member.User).OnDelete(DeleteBehavior.Restrict);
        builder.HasMany(member => member.Roles).WithOne().HasForeignKey(held => new { held.Server, held.User }).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(member => new { member.User, member.Server }).HasDatabaseName("ix_members_user_server");
        builder.HasIndex(member => new { member.Server, member.JoinedRev }).IsUnique().HasDatabaseName("ix_members_server_joined_rev");
        builder.HasIndex(member => member.EndsAt).HasFilter("ends_at is not null").HasDatabaseName("ix_members_ends_at");
    }
}

internal sealed class MemberRoleConfiguration : IEntityTypeConfiguration<MemberRole>
{
    public void Configure(EntityTypeBuilder<MemberRole> builder)
    {
        builder.ToTable("member_roles");
        builder.HasKey(held => new { held.Server, held.User, held.Role });
        builder.Property(held => held.Server).HasColumnName("server_id");
        builder.Property(held => held.User).HasColumnName("user_id");
        builder.Property(held => held.Role).HasColumnName("role_id");
        builder.HasOne<Role>().WithMany().HasForeignKey(held => held.Role).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(held => new { held.Role, held.User }).HasDatabaseName("ix_member_roles_role");
    }
}
