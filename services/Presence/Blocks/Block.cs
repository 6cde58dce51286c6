using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Presence.Blocks;

/// <summary>Somebody blocks somebody else. Both may block each other.</summary>
internal sealed class Block
{
    public Guid Blocker { get; init; }

    public Guid Blocked { get; init; }

    /// <summary>The revision with which the block was made, by which the list is ordered.</summary>
    public long Rev { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
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
        builder.Property(block => block.CreatedAt).HasColumnName("created_at");
        builder.HasIndex(block => new { block.Blocker, block.Rev }).HasDatabaseName("ix_blocks_blocker_rev");
        builder.HasOne<Profile>().WithMany().HasForeignKey(block => block.Blocker).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_blocks_blocker");
        builder.HasOne<Profile>().WithMany().HasForeignKey(block => block.Blocked).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_blocks_blocked");
        builder.HasIndex(block => block.Blocked).HasDatabaseName("ix_blocks_blocked");
    }
}
