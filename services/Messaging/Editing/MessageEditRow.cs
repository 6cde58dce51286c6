using Chat.Messaging.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Editing;

/// <summary>What a message said before an edit. Erased with the message.</summary>
internal sealed class MessageEditRow
{
    public Guid Channel { get; init; }

    public long Seq { get; init; }

    /// <summary>The channel's revision of the edit that replaced it.</summary>
    public long Rev { get; init; }

    public required string Content { get; init; }

    /// <summary>Since when it had said so.</summary>
    public DateTimeOffset WrittenAt { get; init; }
}

internal sealed class MessageEditRowConfiguration : IEntityTypeConfiguration<MessageEditRow>
{
    public void Configure(EntityTypeBuilder<MessageEditRow> builder)
    {
        builder.ToTable("message_edits");
        builder.HasKey(edit => new { edit.Channel, edit.Seq, edit.Rev }).HasName("pk_message_edits");
        builder.Property(edit => edit.Channel).HasColumnName("channel");
        builder.Property(edit => edit.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(edit => edit.Rev).HasColumnName("rev").ValueGeneratedNever();
        builder.Property(edit => edit.Content).HasColumnName("content").HasMaxLength(MessageText.MaxCharacters);
        builder.Property(edit => edit.WrittenAt).HasColumnName("written_at");
    }
}
