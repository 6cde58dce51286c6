using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Changes;

/// <summary>
/// A committed change that Redis may not show yet. Written with the change, removed when Redis has it; what a crash or an outage leaves behind is repaired from here.
/// A change that took access away stays until a request has answered for it, so that repeating an unanswered one can succeed.
/// </summary>
internal sealed class UnsettledChange
{
    public Guid Server { get; init; }

    public long Rev { get; init; }

    /// <summary>It took rights away: it stays until a request has answered for it.</summary>
    public bool AccessLost { get; init; }

    /// <summary>Whose repeated request finds nothing to do any more and is to be answered with success all the same; null: it finds its work done.</summary>
    public Guid? Subject { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When Redis had it, for changes that still await an answer.</summary>
    public DateTimeOffset? SettledAt { get; set; }
}

internal sealed class UnsettledChangeConfiguration : IEntityTypeConfiguration<UnsettledChange>
{
    public void Configure(EntityTypeBuilder<UnsettledChange> builder)
    {
        builder.ToTable("unsettled_changes");
        builder.HasKey(change => new { change.Server, change.Rev });
        builder.Property(change => change.Server).HasColumnName("server_id");
        builder.Property(change => change.Rev).HasColumnName("rev");
        builder.Property(change => change.AccessLost).HasColumnName("access_lost").HasDefaultValue(false);
        builder.Property(change => change.Subject).HasColumnName("access_lost_by");
        builder.Property(change => change.CreatedAt).HasColumnName("created_at");
        builder.Property(change => change.SettledAt).HasColumnName("settled_at");
        builder.HasIndex(change => change.CreatedAt).HasDatabaseName("ix_unsettled_changes_created_at");
    }
}
