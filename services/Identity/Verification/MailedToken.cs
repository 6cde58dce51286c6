using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Verification;

/// <summary>What a link in a mail is good for. Stored by number.</summary>
internal enum TokenPurpose
{
    VerifyEmail = 0,
    ResetPassword = 1,
    ChangeEmail = 2,
}

/// <summary>A link that was mailed: 256 random bits of which the SHA-256 is kept, for one account and purpose. Taking it deletes it.</summary>
internal sealed class MailedToken
{
    public required byte[] Hash { get; init; }

    public required Guid AccountId { get; init; }

    public required TokenPurpose Purpose { get; init; }

    /// <summary>The mailbox it was sent to, which is what it proves.</summary>
    public required string Address { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class MailedTokenConfiguration : IEntityTypeConfiguration<MailedToken>
{
    public void Configure(EntityTypeBuilder<MailedToken> token)
    {
        token.ToTable("mailed_tokens");
        token.HasKey(t => t.Hash).HasName("pk_mailed_tokens");
        token.Property(t => t.Hash).HasColumnName("hash");
        token.Property(t => t.AccountId).HasColumnName("account_id");
        token.Property(t => t.Purpose).HasColumnName("purpose");
        token.Property(t => t.Address).HasColumnName("address").HasMaxLength(EmailAddress.MaxLength);
        token.Property(t => t.ExpiresAt).HasColumnName("expires_at");
        token.HasOne<Account>().WithMany().HasForeignKey(t => t.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_mailed_tokens_accounts");
        token.HasIndex(t => new { t.AccountId, t.Purpose }).HasDatabaseName("ix_mailed_tokens_account_id_purpose");
        token.HasIndex(t => t.ExpiresAt).HasDatabaseName("ix_mailed_tokens_expires_at");
    }
}
