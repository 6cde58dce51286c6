using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Accounts;

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public const string UsernameIndex = "ux_accounts_username";
    public const string EmailIndex = "ux_accounts_confirmed_email";
    public const int MaxAboutLength = 1000;
    public const int MaxPronounsLength = 40;
    public const int MaxTimeZoneLength = 64;
    public const int MaxLocaleLength = 35;

    public void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts");
        account.HasKey(a => a.Id).HasName("pk_accounts");
        account.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
        account.Property(a => a.UserName).HasColumnName("username").HasMaxLength(Username.MaxLength).IsRequired();
        account.Property(a => a.NormalizedUserName).HasColumnName("normalized_username").HasMaxLength(Username.MaxLength).IsRequired();
        account.Property(a => a.DisplayName).HasColumnName("display_name").HasMaxLength(DisplayName.MaxLength);
        account.Property(a => a.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength);
        account.Property(a => a.NormalizedEmail).HasColumnName("normalized_email").HasMaxLength(EmailAddress.MaxLength);
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
        account.Property(a => a.State).HasColumnName("state");
        account.Property(a => a.DeleteAt).HasColumnName("delete_at");
        account.Property(a => a.Role).HasColumnName("role");
        account.Property(a => a.IsBot).HasColumnName("is_bot");
        account.Property(a => a.OwnerId).HasColumnName("owner_id");
        account.Property(a => a.About).HasColumnName("about").HasMaxLength(MaxAboutLength);
        account.Property(a => a.Pronouns).HasColumnName("pronouns").HasMaxLength(MaxPronounsLength);
        account.Property(a => a.TimeZone).HasColumnName("time_zone").HasMaxLength(MaxTimeZoneLength);
        account.Property(a => a.Locale).HasColumnName("locale").HasMaxLength(MaxLocaleLength);
        account.Property(a => a.Avatar).HasColumnName("avatar");
        account.Property(a => a.Banner).HasColumnName("banner");
        account.Property(a => a.PasswordChangedAt).HasColumnName("password_changed_at");
        account.HasOne<Account>().WithMany().HasForeignKey(a => a.OwnerId).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_accounts_owner");
        account.HasIndex(a => a.OwnerId).HasDatabaseName("ix_accounts_owner_id").HasFilter("owner_id is not null");
        account.HasIndex(a => a.DeleteAt).HasDatabaseName("ix_accounts_delete_at").HasFilter("delete_at is not null");
        account.HasIndex(a => a.CreatedAt).HasDatabaseName("ix_accounts_unconfirmed_created_at").HasFilter("not email_confirmed and not is_bot and state = 0");
        account.HasIndex(a => a.NormalizedUserName).HasDatabaseName(UsernameIndex).IsUnique();

        // For administrators: by part of a name or address, and the few accounts that are out of the ordinary.
        account.HasIndex(a => new { a.UserName, a.DisplayName, a.Email }, "ix_accounts_trigrams").HasMethod("gin").HasOperators("gin_trgm_ops", "gin_trgm_ops", "gin_trgm_ops");
        account.HasIndex(a => new { a.State, a.Id }, "ix_accounts_state_id").HasFilter("state <> 0");
        account.HasIndex(a => a.Id, "ix_accounts_admins").HasFilter("role = 1");
        account.HasIndex(a => a.Id, "ix_accounts_bots").HasFilter("is_bot");

        // An address belongs to whoever confirmed it; any number of accounts may wait for the same mailbox.
        account.HasIndex(a => a.NormalizedEmail).HasDatabaseName(EmailIndex).IsUnique().HasFilter("email_confirmed");
    }
}
