using Chat.Servers.Audit;
using Chat.Servers.Bans;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Invites;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Chat.Servers.Templates;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Data;

internal sealed class ServersDb(DbContextOptions<ServersDb> options) : DbContext(options)
{
    public DbSet<Server> Servers => Set<Server>();

    public DbSet<Channel> Channels => Set<Channel>();

    public DbSet<Category> Categories => Set<Category>();

    public DbSet<ChannelOverrideRow> ChannelOverrides => Set<ChannelOverrideRow>();

    public DbSet<Role> Roles => Set<Role>();

    public DbSet<Member> Members => Set<Member>();

    public DbSet<MemberRole> MemberRoles => Set<MemberRole>();

    public DbSet<MemberTimeout> MemberTimeouts => Set<MemberTimeout>();

    public DbSet<Ban> Bans => Set<Ban>();

    public DbSet<Profile> Profiles => Set<Profile>();

    public DbSet<Invite> Invites => Set<Invite>();

    public DbSet<AuditEntry> AuditLog => Set<AuditEntry>();

    public DbSet<Template> Templates => Set<Template>();

    public DbSet<UnsettledChange> UnsettledChanges => Set<UnsettledChange>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ServersDb).Assembly);
        modelBuilder.AddOutbox();
        modelBuilder.AddIdempotencyKeys();
    }
}
