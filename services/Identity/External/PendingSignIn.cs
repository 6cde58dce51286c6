using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.External;

/// <summary>
/// A sign-in with a provider that its person has to finish: by registering, or by a second factor. The browser holds a random value in a cookie; the rest is here, so that
/// taking it, which deletes it, makes it good for one time.
/// </summary>
internal sealed class PendingSignIn
{
    /// <summary>SHA-256 of the cookie's value.</summary>
    public required byte[] Hash { get; init; }

    public required string Provider { get; init; }

    public required string ProviderKey { get; init; }

    /// <summary>Verified by the provider.</summary>
    public string? Email { get; init; }

    /// <summary>What a username may be made of.</summary>
    public string? Suggestion { get; init; }

    public string? DisplayName { get; init; }

    /// <summary>Who signs in; null: somebody new.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>The account's at that moment: whoever changes credentials ends what is pending as well.</summary>
    public string? SecurityStamp { get; init; }

    /// <summary>Whether the login is linked to the account once it is finished: it was found by its address.</summary>
    public bool Links { get; init; }

    /// <summary>The second factor was shown already; what it adds to <c>amr</c>.</summary>
    public List<string>? SecondFactor { get; set; }

    public bool Remember { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class PendingSignInConfiguration : IEntityTypeConfiguration<PendingSignIn>
{
    public const int MaxSuggestionLength = 64;

    public void Configure(EntityTypeBuilder<PendingSignIn> pending)
    {
        pending.ToTable("pending_sign_ins");
        pending.HasKey(p => p.Hash).HasName("pk_pending_sign_ins");
        pending.Property(p => p.Hash).HasColumnName("hash");
        pending.Property(p => p.Provider).HasColumnName("provider").HasMaxLength(128);
        pending.Property(p => p.ProviderKey).HasColumnName("provider_key").HasMaxLength(128);
        pending.Property(p => p.Email).HasColumnName("email").HasMaxLength(EmailAddress.MaxLength);
        pending.Property(p => p.Suggestion).HasColumnName("suggestion").HasMaxLength(MaxSuggestionLength);
        pending.Property(p => p.DisplayName).HasColumnName("display_name").HasMaxLength(DisplayName.MaxLength);
        pending.Property(p => p.AccountId).HasColumnName("account_id");
        pending.Property(p => p.SecurityStamp).HasColumnName("security_stamp").HasMaxLength(64);
        pending.Property(p => p.Links).HasColumnName("links");
        pending.Property(p => p.SecondFactor).HasColumnName("second_factor");
        pending.Property(p => p.Remember).HasColumnName("remember");
        pending.Property(p => p.ExpiresAt).HasColumnName("expires_at");
        pending.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_pending_sign_ins_accounts");
        pending.HasIndex(p => p.AccountId).HasDatabaseName("ix_pending_sign_ins_account_id");
        pending.HasIndex(p => p.ExpiresAt).HasDatabaseName("ix_pending_sign_ins_expires_at");
    }
}
