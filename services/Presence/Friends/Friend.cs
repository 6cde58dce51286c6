using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Presence.Friends;

/// <summary>One side of a friendship; the other is a row of its own, made and removed in the same transaction.</summary>
internal sealed class Friend
{
    public Guid User { get; init; }

    public Guid Other { get; init; }

    /// <summary>The revision with which they became friends, by which the list is ordered.</summary>
    public long Rev { get; init; }

    public DateTimeOffset Since { get; init; }
}

internal sealed class FriendConfiguration : IEntityTypeConfiguration<Friend>
{
    public void Configure(EntityTypeBuilder<Friend> builder)
    {
        builder.ToTable("friends");
        builder.HasKey(friend => new { friend.User, friend.Other }).HasName("pk_friends");
        builder.Property(friend => friend.User).HasColumnName("user_id");
        builder.Property(friend => friend.Other).HasColumnName("other_id");
        builder.Property(friend => friend.Rev).HasColumnName("rev");
        builder.Property(friend => friend.Since).HasColumnName("since");
        builder.HasIndex(friend => new { friend.User, friend.Rev }).HasDatabaseName("ix_friends_user_id_rev");
        builder.HasOne<Profile>().WithMany().HasForeignKey(friend => friend.User).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_friends_user");
        builder.HasOne<Profile>().WithMany().HasForeignKey(friend => friend.Other).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_friends_other");
        builder.HasIndex(friend => friend.Other).HasDatabaseName("ix_friends_other_id");
    }
}
