using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Fences;

/// <summary>
/// The revision of a server below which permissions do not count any more. Each of its channels repeats it in <c>channels.access_rev</c>, so that a send finds it in the
/// row it locks anyway. Whoever creates a channel's row holds this one, so that no channel is missed.
/// </summary>
/// <remarks>
/// The order of locks throughout the service: fences by their server's id, then channels by their id, then whatever lies in those channels, then authors by their id.
/// <list type="bullet">
/// <item>A group of sends takes channels, then authors. It never waits for a fence: where a channel has no row yet it lets go of everything and starts anew after the adoption.</item>
/// <item>An adoption (<see cref="Writing.ChannelAdoption"/>) shares the fences of its servers, then makes channels. Adoptions do not hinder one another.</item>
/// <item>A raise (<see cref="FenceWriter"/>) changes one fence, then all channels of that server. It waits for adoptions and groups, none of which waits for anything before a channel.</item>
/// <item>A change of a conversation (<see cref="Conversations.ConversationActs"/>) takes its fence, where it may take rights away, then its channels. What two people are to each other
/// (<see cref="Relations.PairLock"/>) comes before all of these.</item>
/// <item>Opening a thread (<see cref="Threads.ThreadOpening"/>) shares the fence of its server, then locks the parent and makes the thread's channel with the parent's fence. A raise
/// comes before it or after it as a whole.</item>
/// <item>What changes a thread and the link under its message (<see cref="Threads.LockedThread"/>) takes both channels by their ids.</item>
/// <item>Deletions and the counting of activity (<see cref="Deleting"/>, <see cref="Measuring"/>) take channels, one at a time or by id, and what is in them.</item>
/// </list>
/// So nobody waits for something earlier in the order than what they hold, and there is no circle.
/// </remarks>
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
