using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Messaging.Relations;

/// <summary>Whether two people are friends, as presence told it last; kept after its end as <see cref="Block"/> is. One row for two people: <see cref="A"/> has the lower id.</summary>
internal sealed class Friendship
{
    public Guid A { get; init; }

    public Guid B { get; init; }

    /// <summary>Presence's revision of what these two are to each other, with which this was said.</summary>
    public long Rev { get; init; }

    /// <summary>They are friends; false: they were.</summary>
    public bool Active { get; init; }
}

internal sealed class FriendshipConfiguration : IEntityTypeConfiguration<Friendship>
{
    public void Configure(EntityTypeBuilder<Friendship> builder)
    {
        builder.ToTable("friendships", table => table.HasCheckConstraint("ck_friendships_order", "a < b"));
        builder.HasKey(friendship => new { friendship.A, friendship.B }).HasName("pk_friendships");
        builder.Property(friendship => friendship.A).HasColumnName("a");
        builder.Property(friendship => friendship.B).HasColumnName("b");
        builder.Property(friendship => friendship.Rev).HasColumnName("rev");
        builder.Property(friendship => friendship.Active).HasColumnName("active");
    }
}
