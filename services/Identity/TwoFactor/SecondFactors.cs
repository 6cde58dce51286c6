using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.TwoFactor;

/// <summary>The second factors of an account; no row is none. Signing in asks for one when <see cref="IsOn"/>.</summary>
internal sealed class SecondFactors
{
    public required Guid AccountId { get; init; }

    /// <summary>The secret of the authenticator app, encrypted by DataProtection.</summary>
    public byte[]? TotpSecret { get; set; }

    public DateTimeOffset? TotpEnabledAt { get; set; }

    /// <summary>The time step of the last code accepted: none up to it is accepted again.</summary>
    public long TotpLastStep { get; set; }

    /// <summary>A secret that was shown and not confirmed by a code yet, encrypted.</summary>
    public byte[]? TotpPendingSecret { get; set; }

    public DateTimeOffset? TotpPendingUntil { get; set; }

    public DateTimeOffset? EmailEnabledAt { get; set; }

    /// <summary>Salts the hashes of all recovery codes of the account.</summary>
    public byte[]? RecoverySalt { get; set; }

    /// <summary>How often they were hashed: what is configured may have changed since.</summary>
    public int RecoveryIterations { get; set; }

    public bool IsOn => TotpEnabledAt is not null || EmailEnabledAt is not null;
}

/// <summary>One of ten recovery codes; using it deletes it.</summary>
internal sealed class RecoveryCode
{
    public required Guid AccountId { get; init; }

    /// <summary>PBKDF2-HMAC-SHA512 with <see cref="SecondFactors.RecoverySalt"/>.</summary>
    public required byte[] Hash { get; init; }
}

internal sealed class SecondFactorsConfiguration : IEntityTypeConfiguration<SecondFactors>
{
    public void Configure(EntityTypeBuilder<SecondFactors> factors)
    {
        factors.ToTable("second_factors");
        factors.HasKey(f => f.AccountId).HasName("pk_second_factors");
        factors.Property(f => f.AccountId).HasColumnName("account_id").ValueGeneratedNever();
        factors.Property(f => f.TotpSecret).HasColumnName("totp_secret");
        factors.Property(f => f.TotpEnabledAt).HasColumnName("totp_enabled_at");
        factors.Property(f => f.TotpLastStep).HasColumnName("totp_last_step");
        factors.Property(f => f.TotpPendingSecret).HasColumnName("totp_pending_secret");
        factors.Property(f => f.TotpPendingUntil).HasColumnName("totp_pending_until");
        factors.Property(f => f.EmailEnabledAt).HasColumnName("email_enabled_at");
        factors.Property(f => f.RecoverySalt).HasColumnName("recovery_salt");
        factors.Property(f => f.RecoveryIterations).HasColumnName("recovery_iterations").HasDefaultValue(0);
        factors.HasOne<Account>().WithOne().HasForeignKey<SecondFactors>(f => f.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_second_factors_accounts");
    }
}

internal sealed class RecoveryCodeConfiguration : IEntityTypeConfiguration<RecoveryCode>
{
    public void Configure(EntityTypeBuilder<RecoveryCode> code)
    {
        code.ToTable("recovery_codes");
        code.HasKey(c => new { c.AccountId, c.Hash }).HasName("pk_recovery_codes");
        code.Property(c => c.AccountId).HasColumnName("account_id");
        code.Property(c => c.Hash).HasColumnName("hash");
        code.HasOne<SecondFactors>().WithMany().HasForeignKey(c => c.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_recovery_codes_second_factors");
    }
}
