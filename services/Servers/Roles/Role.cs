using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Roles;

internal sealed class Role
{
    public const int MaxNameLength = 100;

    /// <summary>The most roles a server may have, the built-in ones included.</summary>
    public const int MaxPerServer = 250;

    public const int MaxColour = 0xFFFFFF;

    public Guid Id { get; init; }

    public Guid Server { get; init; }

    public required string Name { get; set; }

    /// <summary>The code of a role that every server has (see <see cref="BuiltInRole"/>); null for one of its own making.</summary>
    public string? BuiltIn { get; init; }

    /// <summary>Rank: a higher position stands above.</summary>
    public int Position { get; set; }

    public Contracts.Permissions Permissions { get; set; }

    /// <summary>0xRRGGBB; null: none.</summary>
    public int? Colour { get; set; }

    /// <summary>Whether its members are shown apart from the others.</summary>
    public bool Hoist { get; set; }

    /// <summary>Whether anybody may mention it; otherwise it takes <see cref="Contracts.Permissions.MentionEveryone"/>.</summary>
    public bool Mentionable { get; set; }
}

internal sealed class RoleConfiguration : IEntityTypeConfiguration<Role>
{
    public void Configure(EntityTypeBuilder<Role> builder)
    {
        builder.ToTable("roles");
        builder.HasKey(role => role.Id);
        builder.Property(role => role.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(role => role.Server).HasColumnName("server_id");
        builder.Property(role => role.Name).HasColumnName("name").HasMaxLength(Role.MaxNameLength);
        builder.Property(role => role.BuiltIn).HasColumnName("built_in").HasMaxLength(20);
        builder.Property(role => role.Position).HasColumnName("position");
        builder.Property(role => role.Permissions).HasColumnName("permissions");
        builder.Property(role => role.Colour).HasColumnName("colour");
        builder.Property(role => role.Hoist).HasColumnName("hoist").HasDefaultValue(false);
        builder.Property(role => role.Mentionable).HasColumnName("mentionable").HasDefaultValue(false);
        builder.HasOne<Server>().WithMany().HasForeignKey(role => role.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(role => new { role.Server, role.BuiltIn }).IsUnique().HasDatabaseName("ix_roles_server_built_in");
    }
}
