using Chat.Identity.Accounts;
using Chat.Identity.DataProtection;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Data;

internal sealed class IdentityDb(DbContextOptions<IdentityDb> options) : IdentityUserContext<Account, Guid>(options)
{
    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);

        builder.ApplyConfiguration(new AccountConfiguration());
        builder.MapIdentityTables();
        builder.ApplyConfiguration(new SessionConfiguration());
        builder.ApplyConfiguration(new SigningKeyConfiguration());
        builder.ApplyConfiguration(new ProtectionKeyConfiguration());
        builder.AddOutbox();
        builder.AddIdempotencyKeys();
    }
}
