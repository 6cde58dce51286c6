using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Accounts;

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public const string UsernameIndex = "ux_accounts_username";
    public const string EmailIndex = "ux_accounts_email";

    public void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts");
        account.HasKey(a => a.Id).HasName("pk_accounts");
        account.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
        account.Property(a => a.UserName).HasColumnName("username").HasMaxLength(Username.MaxLength).IsRequired();
        account.Property(a => a.NormalizedUserName).HasColumnName("normalized_username").HasMaxLength(Username.MaxLength).IsRequired();
        account.Property(a => a.DisplayName).HasColumnName("display_name").HasMaxLength(DisplayName.MaxLength);
        account.Property(a => a.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength).IsRequired();
        account.Property(a => a.NormalizedEmail).HasColumnName("normalized_email").HasMaxLength(EmailAddress.MaxLength).IsRequired();
        account.Property(a => a.EmailConfirmed).HasColumnName("email_confirmed");
        account.Property(a => a.PasswordHash).HasColumnName("password_hash").HasMaxLength(256);
        account.Property(a => a.SecurityStamp).HasColumnName("security_stamp").HasMaxLength(64);
        account.Property(a => a.ConcurrencyStamp).HasColumnName("concurrency_stamp").HasMaxLength(64);
        account.Property(a => a.PhoneNumber).HasColumnName("phone_number").HasMaxLength(32);
        account.Property(a => a.PhoneNumberConfirmed).HasColumnName("phone_number_confirmed");
        account.Property(a => a.TwoFactorEnabled).HasColumnName("two_factor_enabled");
        account.Property(a => a.LockoutEnd).HasColumnName("lockout_end");
        account.Property(a => a.LockoutEnabled).HasColumnName("lockout_enabled");
        account.Property(a => a.AccessFailedCount).HasColumnName("access_failed_count");
        account.Property(a => a.CreatedAt).HasColumnName("created_at");
        account.HasIndex(a => a.NormalizedUserName).HasDatabaseName(UsernameIndex).IsUnique();
        account.HasIndex(a => a.NormalizedEmail).HasDatabaseName(EmailIndex).IsUnique();
    }
}
