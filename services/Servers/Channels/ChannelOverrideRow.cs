using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Channels;

/// <summary>
/// What a channel changes for one role or one member. Those of a member stay when the member leaves, so that nobody gets rid of a denial by coming back.
/// </summary>
internal sealed class ChannelOverrideRow
{
    /// <summary>The most overrides a channel may have: each is read with every permission check.</summary>
    public const int MaxPerChannel = 100;

    public Guid Channel { get; init; }

    /// <summary>A role's or a user's id.</summary>
    public Guid Target { get; init; }

    /// <summary>Whether <see cref="Target"/> is a role.</summary>
    public bool OfRole { get; init; }

    public Contracts.Permissions Allow { get; set; }

    public Contracts.Permissions Deny { get; set; }
}

internal sealed class ChannelOverrideRowConfiguration : IEntityTypeConfiguration<ChannelOverrideRow>
{
    public void Configure(EntityTypeBuilder<ChannelOverrideRow> builder)
    {
        builder.ToTable("channel_overrides");
        builder.HasKey(row => new { row.Channel, row.Target });
        builder.Property(row => row.Channel).HasColumnName("channel_id");
        builder.Property(row => row.Target).HasColumnName("target_id");
        builder.Property(row => row.OfRole).HasColumnName("of_role");
        builder.Property(row => row.Allow).HasColumnName("allow");
        builder.Property(row => row.Deny).HasColumnName("deny");
        builder.HasOne<Channel>().WithMany().HasForeignKey(row => row.Channel).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.Target).HasDatabaseName("ix_channel_overrides_target");
    }
}
