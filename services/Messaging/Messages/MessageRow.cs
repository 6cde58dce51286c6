using Chat.Messaging.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Messages;

/// <summary>A message as it is stored.</summary>
internal sealed class MessageRow
{
    public Guid Channel { get; init; }

    /// <summary>The channel's revision at which it was created: its place in the history.</summary>
    public long Seq { get; init; }

    /// <summary>The channel's revision at which it was last changed.</summary>
    public long Rev { get; set; }

    /// <summary>How many messages that count as unread the channel has had up to here, this one included: what was never read is counted by subtraction.</summary>
    public long Nr { get; init; }

    public Guid Id { get; init; }

    public Guid Author { get; init; }

    public MessageKind Kind { get; init; }

    public required string Nonce { get; init; }

    public required string Content { get; set; }

    public Guid? ReplyTo { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? EditedAt { get; set; }

    /// <summary>When it was deleted: its place stays, <see cref="Content"/> is empty then; null: it was not.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    public DateTimeOffset? PinnedAt { get; set; }

    public Guid? PinnedBy { get; set; }

    /// <summary>What most messages do not have. Replaced, never altered in place.</summary>
    public MessageParts? Parts { get; set; }
}

/// <summary>
/// Keyed by (channel, seq), the order in which history is read. No foreign keys: a check would lock the rows of channel and author once
/// more for each message, and the writer creates both in the same transaction.
/// </summary>
internal sealed class MessageRowConfiguration : IEntityTypeConfiguration<MessageRow>
{
    public void Configure(EntityTypeBuilder<MessageRow> builder)
    {
        builder.ToTable("messages");
        builder.HasKey(message => new { message.Channel, message.Seq }).HasName("pk_messages");
        builder.Property(message => message.Channel).HasColumnName("channel");
        builder.Property(message => message.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(message => message.Rev).HasColumnName("rev");
        builder.Property(message => message.Nr).HasColumnName("nr").HasDefaultValue(0L);
        builder.Property(message => message.Id).HasColumnName("id");
        builder.Property(message => message.Author).HasColumnName("author");
        builder.Property(message => message.Kind).HasColumnName("kind").HasDefaultValue(MessageKind.Text).HasSentinel(MessageKind.Text);
        builder.Property(message => message.Nonce).HasColumnName("nonce").HasMaxLength(SendMessage.MaxNonceLength);
        builder.Property(message => message.Content).HasColumnName("content").HasMaxLength(MessageText.MaxCharacters);
        builder.Property(message => message.ReplyTo).HasColumnName("reply_to");
        builder.Property(message => message.CreatedAt).HasColumnName("created_at");
        builder.Property(message => message.EditedAt).HasColumnName("edited_at");
        builder.Property(message => message.DeletedAt).HasColumnName("deleted_at");
        builder.Property(message => message.PinnedAt).HasColumnName("pinned_at");
        builder.Property(message => message.PinnedBy).HasColumnName("pinned_by");
        builder.Property(message => message.Parts).HasColumnName("parts").HasColumnType("jsonb").HasConversion(
            parts => MessageParts.Write(parts),
            json => MessageParts.Read(json),
            new ValueComparer<MessageParts?>(
                (left, right) => MessageParts.Write(left) == MessageParts.Write(right), parts => MessageParts.Write(parts) == null ? 0 : 1, parts => parts));

        builder.HasIndex(message => message.Id).IsUnique().HasDatabaseName("ix_messages_id");
        // One revision is one change: a second writer that took the same number fails here.
        builder.HasIndex(message => new { message.Channel, message.Rev }).IsUnique().HasDatabaseName("ix_messages_channel_rev");
        // By author first: it also finds what somebody wrote, and a further index would cost the append a third more.
        builder.HasIndex(message => new { message.Author, message.Channel, message.Nonce }).IsUnique().HasDatabaseName("ix_messages_author_channel_nonce");
        // Few messages are in these: what is gone is subtracted from what counts as unread, what is pinned is listed.
        builder.HasIndex(message => new { message.Channel, message.Seq }).HasFilter("deleted_at is not null and kind = 0").IncludeProperties(message => message.Author)
            .HasDatabaseName("ix_messages_deleted");
        builder.HasIndex(message => new { message.Channel, message.PinnedAt }).HasFilter("pinned_at is not null").HasDatabaseName("ix_messages_pinned");
    }
}
