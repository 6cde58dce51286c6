using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Polls;

/// <summary>A poll that time will close. Made with its message; gone as soon as the poll is closed or deleted.</summary>
internal sealed class OpenPollRow
{
    public Guid Channel { get; init; }

    public long Seq { get; init; }

    public DateTimeOffset ClosesAt { get; init; }
}

internal sealed class OpenPollRowConfiguration : IEntityTypeConfiguration<OpenPollRow>
{
    public void Configure(EntityTypeBuilder<OpenPollRow> builder)
    {
        builder.ToTable("open_polls");
        builder.HasKey(poll => new { poll.Channel, poll.Seq }).HasName("pk_open_polls");
        builder.Property(poll => poll.Channel).HasColumnName("channel");
        builder.Property(poll => poll.Seq).HasColumnName("seq").ValueGeneratedNever();
        builder.Property(poll => poll.ClosesAt).HasColumnName("closes_at");
        builder.HasIndex(poll => new { poll.ClosesAt, poll.Channel, poll.Seq }).HasDatabaseName("ix_open_polls_closes_at");
    }
}
