using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Mentioning;

/// <summary>
/// That a message mentions somebody: one row for each user, one for each role, one for everybody in the channel. Written, and removed, in the transaction of the message's change.
/// </summary>
internal sealed class MentionRow
{
    /// <summary>A user, a role, or the channel itself for <c>@everyone</c> and <c>@here</c>.</summary>
    public Guid Target { get; init; }

    public Guid Channel { get; init; }

    public long Seq { get; init; }

    /// <summary>The message: its ids follow time over all channels.</summary>
    public Guid Message { get; init; }

    /// <summary>Who wrote it: nobody is told of their own.</summary>
    public Guid Author { get; init; }
}

internal sealed class MentionRowConfiguration : IEntityTypeConfiguration<MentionRow>
{
    public void Configure(EntityTypeBuilder<MentionRow> builder)
    {
        builder.ToTable("mentions");
        builder.HasKey(mention => new { mention.Target, mention.Channel, mention.Seq }).HasName("pk_mentions");
        builder.Property(mention => mention.Target).HasColumnName("target");
        builder.Property(mention => mention.Channel).HasColumnName("channel");
        builder.Property(mention => mention.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(mention => mention.Message).HasColumnName("message");
        builder.Property(mention => mention.Author).HasColumnName("author");
        // The inbox, newest first over all channels.
        builder.HasIndex(mention => new { mention.Target, mention.Message }).HasDatabaseName("ix_mentions_message");
        builder.HasIndex(mention => new { mention.Channel, mention.Seq }).HasDatabaseName("ix_mentions_place");
    }
}
