using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Presence.Friends;

/// <summary>Somebody has asked somebody else to be friends. There is one between two people at most: the second becomes a friendship.</summary>
internal sealed class FriendRequest
{
    public Guid From { get; init; }

    public Guid To { get; init; }

    /// <summary>The revision with which it was made, by which the lists are ordered.</summary>
    public long Rev { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class FriendRequestConfiguration : IEntityTypeConfiguration<FriendRequest>
{
    public void Configure(EntityTypeBuilder<FriendRequest> builder)
    {
        builder.ToTable("friend_requests");
        builder.HasKey(request => new { request.From, request.To }).HasName("pk_friend_requests");
        builder.Property(request => request.From).HasColumnName("from_id");
        builder.Property(request => request.To).HasColumnName("to_id");
        builder.Property(request => request.Rev).HasColumnName("rev");
        builder.Property(request => request.CreatedAt).HasColumnName("created_at");
        builder.HasIndex(request => new { request.From, request.Rev }).HasDatabaseName("ix_friend_requests_from_id_rev");
        builder.HasIndex(request => new { request.To, request.Rev }).HasDatabaseName("ix_friend_requests_to_id_rev");
        builder.HasOne<Profile>().WithMany().HasForeignKey(request => request.From).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_friend_requests_from");
        builder.HasOne<Profile>().WithMany().HasForeignKey(request => request.To).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_friend_requests_to");
    }
}
