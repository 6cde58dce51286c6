using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Channels;

internal sealed class Channel
{
    public const string Text = "text";
    public const string Voice = "voice";
    public const string Video = "video";
    public const string Announcement = "announcement";

    public const int MaxNameLength = 100;
    public const int MaxTopicLength = 1024;
    public const int MaxSlowMode = 21_600;

    /// <summary>The most channels a server may have.</summary>
    public const int MaxPerServer = 500;

    /// <summary>Every kind.</summary>
    public static readonly IReadOnlyList<string> Kinds = [Text, Voice, Video, Announcement];

    /// <summary>Whether messages are written in channels of this kind, so that they can be slowed down.</summary>
    public static bool HasSlowMode(string kind) => kind is Text or Announcement;

    public Guid Id { get; init; }

    public Guid Server { get; init; }

    public required string Name { get; set; }

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public required string Kind { get; init; }

    public Guid? Category { get; set; }

    public string? Topic { get; set; }

    /// <summary>Seconds between two messages of one member; 0: none.</summary>
    public int SlowMode { get; set; }

    /// <summary>Roles alone do not let anybody see it.</summary>
    public bool Private { get; set; }

    /// <summary>Place within its category; equal positions are ordered by id.</summary>
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
        builder.Property(channel => channel.Name).HasColumnName("name").HasMaxLength(Channel.MaxNameLength);
        builder.Property(channel => channel.Kind).HasColumnName("kind").HasMaxLength(20);
        builder.Property(channel => channel.Category).HasColumnName("category_id");
        builder.Property(channel => channel.Topic).HasColumnName("topic").HasMaxLength(Channel.MaxTopicLength);
        builder.Property(channel => channel.SlowMode).HasColumnName("slow_mode").HasDefaultValue(0);
        builder.Property(channel => channel.Private).HasColumnName("private").HasDefaultValue(false);
        builder.Property(channel => channel.Position).HasColumnName("position");
        builder.HasOne<Server>().WithMany().HasForeignKey(channel => channel.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Category>().WithMany().HasForeignKey(channel => channel.Category).OnDelete(DeleteBehavior.SetNull);
        builder.HasIndex(channel => new { channel.Server, channel.Position, channel.Id }).HasDatabaseName("ix_channels_server_position");
        builder.HasIndex(channel => channel.Category).HasDatabaseName("ix_channels_category");
    }
}
