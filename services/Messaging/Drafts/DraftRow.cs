using Chat.Messaging.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Drafts;

/// <summary>What somebody has begun to write in a channel, kept for their other devices.</summary>
internal sealed class DraftRow
{
    public Guid User { get; init; }

    public Guid Channel { get; init; }

    public required string Content { get; init; }

    public Guid? ReplyTo { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

internal sealed class DraftRowConfiguration : IEntityTypeConfiguration<DraftRow>
{
    public void Configure(EntityTypeBuilder<DraftRow> builder)
    {
        builder.ToTable("drafts");
        builder.HasKey(draft => new { draft.User, draft.Channel }).HasName("pk_drafts");
        builder.Property(draft => draft.User).HasColumnName("user_id");
        builder.Property(draft => draft.Channel).HasColumnName("channel");
        builder.Property(draft => draft.Content).HasColumnName("content").HasMaxLength(MessageText.MaxCharacters);
        builder.Property(draft => draft.ReplyTo).HasColumnName("reply_to");
        builder.Property(draft => draft.UpdatedAt).HasColumnName("updated_at");
        builder.HasIndex(draft => new { draft.User, draft.UpdatedAt, draft.Channel }).HasDatabaseName("ix_drafts_recent");
        builder.HasIndex(draft => draft.Channel).HasDatabaseName("ix_drafts_channel");
    }
}
