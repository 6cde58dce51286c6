using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Audit;

/// <summary>One line of a server's audit log: who did what to whom or what, with before and after.</summary>
internal sealed class AuditEntry
{
    public const int MaxActionLength = 40;
    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    /// <summary>UUIDv7: ordered by time.</summary>
    public Guid Id { get; init; }

    public Guid Server { get; init; }

    public Guid Actor { get; init; }

    /// <summary>One of <see cref="AuditAction"/>.</summary>
    public required string Action { get; init; }

    /// <summary>The id of the user, role, channel … it was done to; null: to the server itself, or what has no such id.</summary>
    public Guid? Target { get; init; }

    /// <summary>What the actor gave as reason.</summary>
    public string? Reason { get; init; }

    /// <summary>What was there before, as JSON, as far as it changed.</summary>
    public string? Before { get; init; }

    /// <summary>What is there now, as JSON, as far as it changed.</summary>
    public string? After { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_log");
        builder.HasKey(entry => entry.Id);
        builder.Property(entry => entry.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(entry => entry.Server).HasColumnName("server_id");
        builder.Property(entry => entry.Actor).HasColumnName("actor_id");
        builder.Property(entry => entry.Action).HasColumnName("action").HasMaxLength(AuditEntry.MaxActionLength);
        builder.Property(entry => entry.Target).HasColumnName("target_id");
        builder.Property(entry => entry.Reason).HasColumnName("reason").HasMaxLength(AuditReason.MaxLength);
        builder.Property(entry => entry.Before).HasColumnName("before").HasColumnType("jsonb");
        builder.Property(entry => entry.After).HasColumnName("after").HasColumnType("jsonb");
        builder.Property(entry => entry.CreatedAt).HasColumnName("created_at");
        builder.HasOne<Server>().WithMany().HasForeignKey(entry => entry.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(entry => new { entry.Server, entry.Id }).HasDatabaseName("ix_audit_log_server");
        builder.HasIndex(entry => new { entry.Server, entry.Actor, entry.Id }).HasDatabaseName("ix_audit_log_server_actor");
        builder.HasIndex(entry => new { entry.Server, entry.Action, entry.Id }).HasDatabaseName("ix_audit_log_server_action");
        builder.HasIndex(entry => new { entry.Server, entry.Target, entry.Id }).HasDatabaseName("ix_audit_log_server_target");
        builder.HasIndex(entry => entry.CreatedAt).HasDatabaseName("ix_audit_log_created_at");
    }
}
