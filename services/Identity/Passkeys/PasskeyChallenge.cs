using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Passkeys;

/// <summary>What a passkey ceremony is for. Stored by number.</summary>
internal enum PasskeyPurpose
{
    Register = 0,
    SignIn = 1,
    Proof = 2,
}

/// <summary>The server's side of a ceremony under way. Taking it deletes it.</summary>
internal sealed class PasskeyChallenge
{
    public required Guid Id { get; init; }

    public required PasskeyPurpose Purpose { get; init; }

    /// <summary>Whose; null for a sign-in, where nobody is known yet.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>What the framework wants to see again.</summary>
    public required string State { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class PasskeyChallengeConfiguration : IEntityTypeConfiguration<PasskeyChallenge>
{
    public void Configure(EntityTypeBuilder<PasskeyChallenge> challenge)
    {
        challenge.ToTable("passkey_challenges");
        challenge.HasKey(c => c.Id).HasName("pk_passkey_challenges");
        challenge.Property(c => c.Id).HasColumnName("id").ValueGeneratedNever();
        challenge.Property(c => c.Purpose).HasColumnName("purpose");
        challenge.Property(c => c.AccountId).HasColumnName("account_id");
        challenge.Property(c => c.State).HasColumnName("state");
        challenge.Property(c => c.ExpiresAt).HasColumnName("expires_at");
        challenge.HasIndex(c => c.ExpiresAt).HasDatabaseName("ix_passkey_challenges_expires_at");
    }
}
