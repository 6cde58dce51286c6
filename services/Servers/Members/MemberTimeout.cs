using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Servers.Members;

/// <summary>Somebody who may not write or speak for a while. Apart from the membership, so that nobody gets rid of it by leaving and coming back.</summary>
internal sealed class MemberTimeout
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(28);

    public Guid Server { get; init; }

    public Guid User { get; init; }

    public DateTimeOffset Until { get; set; }
}

internal sealed class MemberTimeoutConfiguration : IEntityTypeConfiguration<MemberTimeout>
{
    public void Configure(EntityTypeBuilder<MemberTimeout> builder)
    {
        builder.ToTable("member_timeouts");
        builder.HasKey(timeout => new { timeout.Server, timeout.User });
        builder.Property(timeout => timeout.Server).HasColumnName("server_id");
        builder.Property(timeout => timeout.User).HasColumnName("user_id");
        builder.Property(timeout => timeout.Until).HasColumnName("until");
        builder.HasOne<Server>().WithMany().HasForeignKey(timeout => timeout.Server).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(timeout => timeout.Until).HasDatabaseName("ix_member_timeouts_until");
    }
}
