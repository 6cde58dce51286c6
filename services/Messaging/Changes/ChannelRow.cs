using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Changes;

/// <summary>What a channel is, as far as messaging cares. Stored as a number; a channel never becomes another kind.</summary>
internal enum ChannelKind : short
{
    /// <summary>A server's channel: that service says who may do what.</summary>
    Server = 0,

    /// <summary>The conversation of two people.</summary>
    Direct = 1,

    /// <summary>A conversation of several.</summary>
    Group = 2,

    /// <summary>Hangs under a message of another channel, whose permissions it has.</summary>
    Thread = 3,
}

/// <summary>
/// The revision counter of a channel. Whoever changes anything in the channel locks this row first, raises <see cref="Rev"/> in the
/// same transaction, and takes several rows in the order of their ids.
/// </summary>
internal sealed class ChannelRow
{
    public Guid Id { get; init; }

    public ChannelKind Kind { get; init; }

    /// <summary>The channel that a thread hangs in; null for all others.</summary>
    public Guid? Parent { get; init; }

    /// <summary>The last revision taken; 0 before the first message.</summary>
    public long Rev { get; init; }

    /// <summary>How many messages that count as unread there have been, deleted ones included.</summary>
    public long Posts { get; init; }

    /// <summary>
    /// The server it belongs to; null in a row from before this was kept, until the next send. A conversation stands for its own server: its threads carry its id here.
    /// </summary>
    public Guid? Server { get; init; }

    /// <summary>Permissions of earlier revisions of the server do not count any more: see <see cref="Fences.Fence"/>.</summary>
    public long AccessRev { get; init; }

    /// <summary>Nobody writes here but who manages threads.</summary>
    public bool Locked { get; init; }

    /// <summary>Of a conversation of two: who asked to talk, as long as the other has not agreed. Here too, so that a send finds it in the row it locks anyway.</summary>
    public Guid? RequestedBy { get; init; }

    /// <summary>A thread that rests: the next message opens it again.</summary>
    public bool Archived { get; init; }

    /// <summary>The revision up to which its activity was told.</summary>
    public long CountedRev { get; init; }

    /// <summary>When the last message was created. The next one is later, whatever the clocks of two replicas say.</summary>
    public DateTimeOffset LastAt { get; init; }
}

internal sealed class ChannelRowConfiguration : IEntityTypeConfiguration<ChannelRow>
{
    public void Configure(EntityTypeBuilder<ChannelRow> builder)
    {
        builder.ToTable("channels");
        // Every commit updates the row: room in the page keeps those updates off the index.
        builder.HasStorageParameter("fillfactor", 50);
        builder.HasKey(channel => channel.Id).HasName("pk_channels");
        builder.Property(channel => channel.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(channel => channel.Kind).HasColumnName("kind").HasDefaultValue(ChannelKind.Server).HasSentinel(ChannelKind.Server);
        builder.Property(channel => channel.Parent).HasColumnName("parent");
        builder.Property(channel => channel.Rev).HasColumnName("rev").HasDefaultValue(0L);
        builder.Property(channel => channel.Posts).HasColumnName("posts").HasDefaultValue(0L);
        builder.Property(channel => channel.Server).HasColumnName("server_id");
        builder.Property(channel => channel.AccessRev).HasColumnName("access_rev").HasDefaultValue(0L);
        builder.Property(channel => channel.Locked).HasColumnName("locked").HasDefaultValue(false);
        builder.Property(channel => channel.RequestedBy).HasColumnName("requested_by");
        builder.Property(channel => channel.Archived).HasColumnName("archived").HasDefaultValue(false);
        builder.Property(channel => channel.CountedRev).HasColumnName("counted_rev").HasDefaultValue(0L);
        builder.HasIndex(channel => new { channel.Server, channel.Id }).HasDatabaseName("ix_channels_server");
        builder.HasIndex(channel => channel.Parent).HasFilter("parent is not null").HasDatabaseName("ix_channels_parent");
        builder.Property(channel => channel.LastAt).HasColumnName("last_at").HasDefaultValueSql("'epoch'");
    }
}
