using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Relations;

/// <summary>
/// Whether one person blocks another, as presence told it last. A block that ended leaves its row with its revision, so that an older word of it that comes late changes nothing.
/// </summary>
internal sealed class Block
{
    public Guid Blocker { get; init; }

    public Guid Blocked { get; init; }

    /// <summary>Presence's revision of what these two are to each other, with which this was said.</summary>
    public long Rev { get; init; }

    /// <summary>The block stands; false: it ended.</summary>
    public bool Active { get; init; }
}

internal sealed class BlockConfiguration : IEntityTypeConfiguration<Block>
{
    public void Configure(EntityTypeBuilder<Block> builder)
    {
        builder.ToTable("blocks");
        builder.HasKey(block => new { block.Blocker, block.Blocked }).HasName("pk_blocks");
        builder.Property(block => block.Blocker).HasColumnName("blocker");
        builder.Property(block => block.Blocked).HasColumnName("blocked");
        builder.Property(block => block.Rev).HasColumnName("rev");
        builder.Property(block => block.Active).HasColumnName("active");
    }
}
