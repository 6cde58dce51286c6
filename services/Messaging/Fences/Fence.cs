using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Fences;

/// <summary>
/// The revision of a server below which permissions do not count any more. Each of its channels repeats it in <c>channels.access_rev</c>, so that a send finds it in the
/// row it locks anyway. Whoever creates a channel's row holds this one, so that no channel is missed.
/// </summary>
internal sealed class Fence
{
    public Guid Server { get; init; }

    public long AccessRev { get; init; }
}

internal sealed class FenceConfiguration : IEntityTypeConfiguration<Fence>
{
    public void Configure(EntityTypeBuilder<Fence> builder)
    {
        builder.ToTable("server_fences");
        builder.HasKey(fence => fence.Server).HasName("pk_server_fences");
        builder.Property(fence => fence.Server).HasColumnName("server_id").ValueGeneratedNever();
        builder.Property(fence => fence.AccessRev).HasColumnName("access_rev").HasDefaultValue(0L);
    }
}
