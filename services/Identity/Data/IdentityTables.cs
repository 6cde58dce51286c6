using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Data;

/// <summary>Table and column names for the entities that ASP.NET Core Identity brings.</summary>
internal static class IdentityTables
{
    /// <summary>A property of passkeys that the framework's entity lacks.</summary>
    public const string PasskeyLastUsedAt = "LastUsedAt";

    public static void MapIdentityTables(this ModelBuilder builder)
    {
        builder.Entity<IdentityUserClaim<Guid>>(claim =>
        {
            claim.ToTable("account_claims");
            claim.Property(c => c.Id).HasColumnName("id");
            claim.Property(c => c.UserId).HasColumnName("account_id");
            claim.Property(c => c.ClaimType).HasColumnName("type");
            claim.Property(c => c.ClaimValue).HasColumnName("value");
        });

        builder.Entity<IdentityUserLogin<Guid>>(login =>
        {
            login.ToTable("account_logins");
            login.Property(l => l.LoginProvider).HasColumnName("provider").HasMaxLength(128);
            login.Property(l => l.ProviderKey).HasColumnName("provider_key").HasMaxLength(128);
            login.Property(l => l.ProviderDisplayName).HasColumnName("provider_name");
            login.Property(l => l.UserId).HasColumnName("account_id");
            login.HasIndex(l => new { l.UserId, l.LoginProvider }).HasDatabaseName("ux_account_logins_account_id_provider").IsUnique();
        });

        builder.Entity<IdentityUserToken<Guid>>(token =>
        {
            token.ToTable("account_tokens");
            token.Property(t => t.UserId).HasColumnName("account_id");
            token.Property(t => t.LoginProvider).HasColumnName("provider").HasMaxLength(128);
            token.Property(t => t.Name).HasColumnName("name").HasMaxLength(128);
            token.Property(t => t.Value).HasColumnName("value");
        });

        builder.Entity<IdentityUserPasskey<Guid>>(passkey =>
        {
            passkey.ToTable("account_passkeys");
            passkey.Property(p => p.CredentialId).HasColumnName("credential_id");
            passkey.Property(p => p.UserId).HasColumnName("account_id");
            passkey.Property<DateTimeOffset?>(PasskeyLastUsedAt).HasColumnName("last_used_at");
            passkey.OwnsOne(p => p.Data, data => data.ToJson("data"));
        });
    }
}
