using Chat.Access;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Channels;

internal sealed class Channel
{
    public const string Text = "text";

    /// <summary>What a channel alters of its members' rights: nothing, as long as no route sets any.</summary>
    public static readonly IReadOnlyList<ChannelOverride> NoOverrides = [];

    public Guid Id { get; init; }

    public Guid Server { get; init; }

    public required string Name { get; set; }

    /// <summary><see cref="Text"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Place in the list; equal positions are ordered by id.</summary>
    public int Position { get; set; }
}

internal sealed class ChannelConfiguration : IEntityTypeConfiguration<Channel>
{
    public void Configure(EntityTypeBuilder<Channel> builder)
    {
        builder.ToTable("channels");
        builder.HasKey(channel => channel.Id);
        builder.Property(channel => channel.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(channel => channel.Server).HasColumnName("server_id");
        builder.Property(channel => channel.Name).HasColumnName("name").HasMaxLength(100);
        builder.Property(channel => channel.Kind).HasColumnName("kind").HasMaxLength(20);
        builder.Property(channel => channel.Position).HasColumnName("position");
        builder.HasOne<Server>().WithMany().HasForeignKey(channel => channel.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(channel => new { channel.Server, channel.Position, channel.Id }).HasDatabaseName("ix_channels_server_position");
    }
}
