using Chat.ServiceDefaults.Events;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Maps the outbox.</summary>
public static class OutboxMapping
{
    /// <summary>Adds table <c>outbox</c> to the model.</summary>
    public static void AddOutbox(this ModelBuilder model) => model.Entity<OutboxMessage>(row =>
    {
        row.ToTable("outbox");
        row.HasKey(message => message.Id);
        row.Property(message => message.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        row.Property(message => message.Key).HasColumnName("key").HasMaxLength(OutboxMessage.MaxKeyLength);
        row.Property(message => message.Type).HasColumnName("type").HasMaxLength(100);
        row.Property(message => message.Body).HasColumnName("body");
        row.Property(message => message.TraceParent).HasColumnName("trace_parent").HasMaxLength(100);
        row.Property(message => message.CreatedAt).HasColumnName("created_at").HasDefaultValueSql("now()");
        row.HasIndex(message => new { message.Key, message.Id }).HasDatabaseName("ix_outbox_key_id");
    });
}
