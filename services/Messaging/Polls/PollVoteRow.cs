using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Polls;

/// <summary>One person's choice of one answer. The message repeats the counts, changed in the same transaction.</summary>
internal sealed class PollVoteRow
{
    public Guid Channel { get; init; }

    public long Seq { get; init; }

    public Guid User { get; init; }

    /// <summary>Which answer, from 0.</summary>
    public short Answer { get; init; }

    /// <summary>The channel's revision of the choice: the order in which they came.</summary>
    public long Rev { get; init; }
}

internal sealed class PollVoteRowConfiguration : IEntityTypeConfiguration<PollVoteRow>
{
    public void Configure(EntityTypeBuilder<PollVoteRow> builder)
    {
        builder.ToTable("poll_votes");
        builder.HasKey(vote => new { vote.Channel, vote.Seq, vote.User, vote.Answer }).HasName("pk_poll_votes");
        builder.Property(vote => vote.Channel).HasColumnName("channel");
        builder.Property(vote => vote.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(vote => vote.User).HasColumnName("user_id");
        builder.Property(vote => vote.Answer).HasColumnName("answer").ValueGeneratedNever();
        builder.Property(vote => vote.Rev).HasColumnName("rev").HasDefaultValue(0L);
        // Who chose it, oldest first, page by page.
        builder.HasIndex(vote => new { vote.Channel, vote.Seq, vote.Answer, vote.Rev }).HasDatabaseName("ix_poll_votes_rev");
        // For a person's export.
        builder.HasIndex(vote => new { vote.User, vote.Channel, vote.Seq, vote.Answer }).HasDatabaseName("ix_poll_votes_user");
    }
}
