using Chat.Servers.Channels;
using Chat.Servers.Invites;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Data;

internal sealed class ServersDb(DbContextOptions<ServersDb> options) : DbContext(options)
{
    public DbSet<Server> Servers => Set<Server>();

    public DbSet<Channel> Channels => Set<Channel>();

    public DbSet<Role> Roles => Set<Role>();

    public DbSet<Member> Members => Set<Member>();

    public DbSet<MemberRole> MemberRoles => Set<MemberRole>();

    public DbSet<Profile> Profiles => Set<Profile>();

    public DbSet<Invite> Invites => Set<Invite>();

    public DbSet<UnsettledChange> UnsettledChanges => Set<UnsettledChange>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ServersDb).Assembly);
        modelBuilder.AddOutbox();
        modelBuilder.AddIdempotencyKeys();
    }
}
