using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Reactions;

/// <summary>One person's reaction. The message repeats the counts, changed in the same transaction.</summary>
internal sealed class ReactionRow
{
    public const int MaxEmojiLength = 64;

    public Guid Channel { get; init; }

    public long Seq { get; init; }

    public required string Emoji { get; init; }

    public Guid User { get; init; }

    /// <summary>The channel's revision of the reaction: the order in which they came.</summary>
    public long Rev { get; init; }
}

internal sealed class ReactionRowConfiguration : IEntityTypeConfiguration<ReactionRow>
{
    public void Configure(EntityTypeBuilder<ReactionRow> builder)
    {
        builder.ToTable("reactions");
        builder.HasKey(reaction => new { reaction.Channel, reaction.Seq, reaction.Emoji, reaction.User }).HasName("pk_reactions");
        builder.Property(reaction => reaction.Channel).HasColumnName("channel");
        builder.Property(reaction => reaction.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(reaction => reaction.Emoji).HasColumnName("emoji").HasMaxLength(ReactionRow.MaxEmojiLength);
        builder.Property(reaction => reaction.User).HasColumnName("user_id");
        builder.Property(reaction => reaction.Rev).HasColumnName("rev");
        // Who reacted, oldest first, page by page.
        builder.HasIndex(reaction => new { reaction.Channel, reaction.Seq, reaction.Emoji, reaction.Rev }).HasDatabaseName("ix_reactions_rev");
        // For a person's export.
        builder.HasIndex(reaction => new { reaction.User, reaction.Channel, reaction.Seq, reaction.Emoji }).HasDatabaseName("ix_reactions_user");
    }
}
