using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.TwoFactor;

/// <summary>What a mailed code is good for. Stored by number.</summary>
internal enum CodePurpose
{
    SignIn = 0,
    Proof = 1,
    EnableEmail = 2,
}

/// <summary>A code of six digits that was mailed; one at a time for an account and purpose.</summary>
internal sealed class MailedCode
{
    public required Guid AccountId { get; init; }

    public required CodePurpose Purpose { get; init; }

    /// <summary>HMAC-SHA256 over the code, account and purpose, keyed with a secret that is not in the database: six digits are soon tried out.</summary>
    public required byte[] Hash { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    public required int TriesLeft { get; set; }
}

internal sealed class MailedCodeConfiguration : IEntityTypeConfiguration<MailedCode>
{
    public void Configure(EntityTypeBuilder<MailedCode> code)
    {
        code.ToTable("mailed_codes");
        code.HasKey(c => new { c.AccountId, c.Purpose }).HasName("pk_mailed_codes");
        code.Property(c => c.AccountId).HasColumnName("account_id");
        code.Property(c => c.Purpose).HasColumnName("purpose");
        code.Property(c => c.Hash).HasColumnName("hash");
        code.Property(c => c.ExpiresAt).HasColumnName("expires_at");
        code.Property(c => c.TriesLeft).HasColumnName("tries_left");
        code.HasOne<Account>().WithMany().HasForeignKey(c => c.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_mailed_codes_accounts");
    }
}
