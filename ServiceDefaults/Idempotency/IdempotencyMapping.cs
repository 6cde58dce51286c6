using Chat.ServiceDefaults.Idempotency;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Maps the idempotency keys.</summary>
public static class IdempotencyMapping
{
    /// <summary>Adds table <c>idempotency_keys</c> to the model.</summary>
    public static void AddIdempotencyKeys(this ModelBuilder model) => model.Entity<IdempotencyKey>(row =>
    {
        row.ToTable("idempotency_keys");
        row.HasKey(key => new { key.User, key.Key });
        row.Property(key => key.User).HasColumnName("user_id");
        row.Property(key => key.Key).HasColumnName("key").HasMaxLength(255);
        row.Property(key => key.Fingerprint).HasColumnName("fingerprint");
        row.Property(key => key.Location).HasColumnName("location");
        row.Property(key => key.Response).HasColumnName("response");
        row.Property(key => key.CreatedAt).HasColumnName("created_at").HasDefaultValueSql("now()");
        row.HasIndex(key => key.CreatedAt).HasDatabaseName("ix_idempotency_keys_created_at");
    });
}
