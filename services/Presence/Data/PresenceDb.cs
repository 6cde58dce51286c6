using Chat.Presence.Blocks;
using Chat.Presence.Friends;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Data;

internal sealed class PresenceDb(DbContextOptions<PresenceDb> options) : DbContext(options)
{
    public DbSet<Profile> Profiles => Set<Profile>();

    public DbSet<Friend> Friends => Set<Friend>();

    public DbSet<FriendRequest> FriendRequests => Set<FriendRequest>();

    public DbSet<Block> Blocks => Set<Block>();

    public DbSet<UnsettledBlock> UnsettledBlocks => Set<UnsettledBlock>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(PresenceDb).Assembly);
        modelBuilder.HasSequence<long>(PairLock.Revisions);
        modelBuilder.AddOutbox();
        modelBuilder.AddIdempotencyKeys();
    }
}
