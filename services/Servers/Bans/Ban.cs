using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Bans;

/// <summary>Somebody who is shut out of a server, member before or not.</summary>
internal sealed class Ban
{
    public const int MaxReasonLength = 512;

    public Guid Server { get; init; }

    public Guid User { get; init; }

    public string? Reason { get; set; }

    public Guid By { get; init; }

    /// <summary>The server's revision of the ban; with the user, for several are banned at once, it orders the list.</summary>
    public long Rev { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class BanConfiguration : IEntityTypeConfiguration<Ban>
{
    public void Configure(EntityTypeBuilder<Ban> builder)
    {
        builder.ToTable("bans");
        builder.HasKey(ban => new { ban.Server, ban.User });
        builder.Property(ban => ban.Server).HasColumnName("server_id");
        builder.Property(ban => ban.User).HasColumnName("user_id");
        builder.Property(ban => ban.Reason).HasColumnName("reason").HasMaxLength(Ban.MaxReasonLength);
        builder.Property(ban => ban.By).HasColumnName("banned_by");
        builder.Property(ban => ban.Rev).HasColumnName("rev");
        builder.Property(ban => ban.CreatedAt).HasColumnName("created_at");
        builder.HasOne<Server>().WithMany().HasForeignKey(ban => ban.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(ban => new { ban.Server, ban.Rev, ban.User }).HasDatabaseName("ix_bans_server_rev");
        builder.HasIndex(ban => ban.User).HasDatabaseName("ix_bans_user");
    }
}
