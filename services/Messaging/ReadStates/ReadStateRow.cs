using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.ReadStates;

/// <summary>How far somebody has read in a channel. Who sends has read up to what they sent: the writer sets it in the transaction of the message.</summary>
internal sealed class ReadStateRow
{
    public Guid User { get; init; }

    public Guid Channel { get; init; }

    /// <summary>Everything up to this place is read; 0: nothing.</summary>
    public long ReadSeq { get; init; }

    /// <summary>How many messages that count lie up to there: <see cref="Messages.MessageRow.Nr"/> of the last of them.</summary>
    public long ReadNr { get; init; }

    /// <summary>How many of those after that are the reader's own, deleted ones included: more than 0 only after marking something older as unread, and where the schedule sent for them.</summary>
    public int OwnAfter { get; init; }

    /// <summary>No badge until then; null: it is not muted.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>
    /// Of which membership it is: when they joined, or began to follow a thread. What was said before that is not unread; a mark from before a later joining is moved up to there when it is next needed. Null: not
    /// looked at yet, the row is there because they wrote.
    /// </summary>
    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>Rises with each change, so that a device knows which of two is newer.</summary>
    public long Rev { get; init; }
}

internal sealed class ReadStateRowConfiguration : IEntityTypeConfiguration<ReadStateRow>
{
    public void Configure(EntityTypeBuilder<ReadStateRow> builder)
    {
        builder.ToTable("read_states");
        // A row changes with every message its owner sends.
        builder.HasStorageParameter("fillfactor", 70);
        builder.HasKey(state => new { state.User, state.Channel }).HasName("pk_read_states");
        builder.Property(state => state.User).HasColumnName("user_id");
        builder.Property(state => state.Channel).HasColumnName("channel");
        builder.Property(state => state.ReadSeq).HasColumnName("read_seq").HasDefaultValue(0L);
        builder.Property(state => state.ReadNr).HasColumnName("read_nr").HasDefaultValue(0L);
        builder.Property(state => state.OwnAfter).HasColumnName("own_after").HasDefaultValue(0);
        builder.Property(state => state.MutedUntil).HasColumnName("muted_until");
        builder.Property(state => state.JoinedAt).HasColumnName("joined_at");
        builder.Property(state => state.Rev).HasColumnName("rev").HasDefaultValue(1L);
        builder.HasIndex(state => state.Channel).HasDatabaseName("ix_read_states_channel");
    }
}
