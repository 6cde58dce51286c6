using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Administration;

/// <summary>An act of an administrator: who did what to whom, with the state before and after.</summary>
internal sealed class AuditEntry
{
    public const int MaxActionLength = 64;
    public const int MaxReasonLength = 512;

    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required Guid ActorId { get; init; }

    /// <summary>Such as <c>user.suspended</c>.</summary>
    public required string Action { get; init; }

    public Guid? TargetId { get; init; }

    /// <summary>JSON.</summary>
    public string? Before { get; init; }

    /// <summary>JSON.</summary>
    public string? After { get; init; }

    public string? Reason { get; init; }

    public System.Net.IPAddress? Address { get; init; }
}

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.HasKey(e => e.Id).HasName("pk_audit_entries");
        entry.Property(e => e.Id).HasColumnName("id").ValueGeneratedNever();
        entry.Property(e => e.At).HasColumnName("at");
        entry.Property(e => e.ActorId).HasColumnName("actor_id");
        entry.Property(e => e.Action).HasColumnName("action").HasMaxLength(AuditEntry.MaxActionLength);
        entry.Property(e => e.TargetId).HasColumnName("target_id");
        entry.Property(e => e.Before).HasColumnName("before").HasColumnType("jsonb");
        entry.Property(e => e.After).HasColumnName("after").HasColumnType("jsonb");
        entry.Property(e => e.Reason).HasColumnName("reason").HasMaxLength(AuditEntry.MaxReasonLength);
        entry.Property(e => e.Address).HasColumnName("address");

        // No foreign keys: the log outlives the accounts in it.
        entry.HasIndex(e => new { e.ActorId, e.Id }).HasDatabaseName("ix_audit_entries_actor_id_id");
        entry.HasIndex(e => new { e.TargetId, e.Id }).HasDatabaseName("ix_audit_entries_target_id_id");
        entry.HasIndex(e => new { e.Action, e.Id }).HasDatabaseName("ix_audit_entries_action_id");
    }
}
