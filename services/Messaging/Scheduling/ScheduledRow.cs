using Chat.Messaging.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Scheduling;

/// <summary>A message that is to be sent later. It goes with its sending; one that was refused stays until its author changes or removes it.</summary>
internal sealed class ScheduledRow
{
    /// <summary>Also what the nonce of the message is made of.</summary>
    public Guid Id { get; init; }

    public Guid Author { get; init; }

    public Guid Channel { get; init; }

    public required string Content { get; set; }

    public Guid? ReplyTo { get; set; }

    /// <summary>When its author wants it sent.</summary>
    public DateTimeOffset SendAt { get; set; }

    /// <summary>When sending it is tried: <see cref="SendAt"/>, or later after a failure that passes.</summary>
    public DateTimeOffset TryAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The code of the problem for which it was refused; null: it waits.</summary>
    public string? Failure { get; set; }

    public DateTimeOffset? FailedAt { get; set; }
}

internal sealed class ScheduledRowConfiguration : IEntityTypeConfiguration<ScheduledRow>
{
    public void Configure(EntityTypeBuilder<ScheduledRow> builder)
    {
        builder.ToTable("scheduled_messages");
        builder.HasKey(row => row.Id).HasName("pk_scheduled_messages");
        builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(row => row.Author).HasColumnName("author");
        builder.Property(row => row.Channel).HasColumnName("channel");
        builder.Property(row => row.Content).HasColumnName("content").HasMaxLength(MessageText.MaxCharacters);
        builder.Property(row => row.ReplyTo).HasColumnName("reply_to");
        builder.Property(row => row.SendAt).HasColumnName("send_at");
        builder.Property(row => row.TryAt).HasColumnName("try_at");
        builder.Property(row => row.CreatedAt).HasColumnName("created_at");
        builder.Property(row => row.Failure).HasColumnName("failure").HasMaxLength(100);
        builder.Property(row => row.FailedAt).HasColumnName("failed_at");
        builder.HasIndex(row => new { row.Author, row.SendAt, row.Id }).HasDatabaseName("ix_scheduled_messages_author");
        builder.HasIndex(row => row.TryAt).HasFilter("failure is null").HasDatabaseName("ix_scheduled_messages_due");
        builder.HasIndex(row => row.Channel).HasDatabaseName("ix_scheduled_messages_channel");
    }
}
