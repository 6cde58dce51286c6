using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Presence.Blocks;

/// <summary>
/// A committed block, or its end, that messaging may not know of yet. Written with the change and removed when it is effective; what a crash or an outage leaves behind is
/// settled from here, by the repeated request or by <see cref="BlockRepair"/>.
/// </summary>
internal sealed class UnsettledBlock
{
    public Guid Blocker { get; init; }

    public Guid Blocked { get; init; }

    public long Rev { get; init; }

    /// <summary>The block stands with this revision; false: it ended.</summary>
    public bool Active { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class UnsettledBlockConfiguration : IEntityTypeConfiguration<UnsettledBlock>
{
    public void Configure(EntityTypeBuilder<UnsettledBlock> builder)
    {
        builder.ToTable("unsettled_blocks");
        builder.HasKey(block => new { block.Blocker, block.Blocked, block.Rev }).HasName("pk_unsettled_blocks");
        builder.Property(block => block.Blocker).HasColumnName("blocker");
        builder.Property(block => block.Blocked).HasColumnName("blocked");
        builder.Property(block => block.Rev).HasColumnName("rev");
        builder.Property(block => block.Active).HasColumnName("active");
        builder.Property(block => block.CreatedAt).HasColumnName("created_at");
        builder.HasIndex(block => block.CreatedAt).HasDatabaseName("ix_unsettled_blocks_created_at");
    }
}
