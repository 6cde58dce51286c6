using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Threads;

/// <summary>
/// A thread, besides its row in <c>channels</c>, which has the same id and whose lock guards this row. What is shown of it under its message changes together with it, so whoever
/// changes that locks the parent's row too (<see cref="LockedThread"/>).
/// </summary>
/// <remarks>
/// A deleted thread leaves this row until its parent goes: a send that was allowed before the deletion would otherwise take the id for a server's channel in which nobody has
/// written yet, and bring it back (<see cref="Writing.ChannelAdoption"/>).
/// </remarks>
internal sealed class ThreadRow
{
    public Guid Id { get; init; }

    /// <summary>The channel it hangs in.</summary>
    public Guid Parent { get; init; }

    /// <summary>The message of the parent that it hangs under.</summary>
    public Guid Message { get; init; }

    public required string Name { get; set; }

    public Guid Creator { get; init; }

    /// <summary>Seconds without a message after which it rests.</summary>
    public int ArchiveAfter { get; set; }

    /// <summary>Since when it rests; null: it does not.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    /// <summary>When it will rest if nothing is said in it meanwhile.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>When somebody last said something in it; when it was opened, as long as nobody has.</summary>
    public DateTimeOffset LastAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was deleted; null: it was not.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>That somebody follows a thread.</summary>
internal sealed class ThreadMemberRow
{
    public Guid Thread { get; init; }

    public Guid User { get; init; }

    public DateTimeOffset JoinedAt { get; init; }
}

internal sealed class ThreadRowConfiguration : IEntityTypeConfiguration<ThreadRow>, IEntityTypeConfiguration<ThreadMemberRow>
{
    public void Configure(EntityTypeBuilder<ThreadRow> builder)
    {
        builder.ToTable("threads");
        builder.HasKey(thread => thread.Id).HasName("pk_threads");
        builder.Property(thread => thread.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(thread => thread.Parent).HasColumnName("parent");
        builder.Property(thread => thread.Message).HasColumnName("message");
        builder.Property(thread => thread.Name).HasColumnName("name").HasMaxLength(ThreadName.MaxCharacters);
        builder.Property(thread => thread.Creator).HasColumnName("creator");
        builder.Property(thread => thread.ArchiveAfter).HasColumnName("archive_after");
        builder.Property(thread => thread.ArchivedAt).HasColumnName("archived_at");
        builder.Property(thread => thread.DueAt).HasColumnName("due_at");
        builder.Property(thread => thread.LastAt).HasColumnName("last_at");
        builder.Property(thread => thread.CreatedAt).HasColumnName("created_at");
        builder.Property(thread => thread.DeletedAt).HasColumnName("deleted_at");
        // A message has one thread, whoever comes first.
        builder.HasIndex(thread => thread.Message).IsUnique().HasFilter("deleted_at is null").HasDatabaseName("ix_threads_message");
        builder.HasIndex(thread => new { thread.Parent, thread.LastAt, thread.Id }).HasFilter("deleted_at is null and archived_at is null").HasDatabaseName("ix_threads_active");
        builder.HasIndex(thread => new { thread.Parent, thread.LastAt, thread.Id }, "ix_threads_archived").HasFilter("deleted_at is null and archived_at is not null")
            .HasDatabaseName("ix_threads_archived");
        builder.HasIndex(thread => thread.DueAt).HasFilter("deleted_at is null and archived_at is null").HasDatabaseName("ix_threads_due");
        builder.HasIndex(thread => thread.Parent).HasDatabaseName("ix_threads_parent");
    }

    public void Configure(EntityTypeBuilder<ThreadMemberRow> builder)
    {
        builder.ToTable("thread_members");
        builder.HasKey(member => new { member.Thread, member.User }).HasName("pk_thread_members");
        builder.Property(member => member.Thread).HasColumnName("thread");
        builder.Property(member => member.User).HasColumnName("user_id");
        builder.Property(member => member.JoinedAt).HasColumnName("joined_at");
        builder.HasIndex(member => member.User).HasDatabaseName("ix_thread_members_user");
    }
}
