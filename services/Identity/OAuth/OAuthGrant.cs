using Chat.Identity.Accounts;
using Chat.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.OAuth;

/// <summary>What one authorization gave a client: the family of its refresh tokens. Its <see cref="Session"/> of the same id says whether it lives.</summary>
internal sealed class OAuthGrant
{
    /// <summary>The id of its <see cref="Session"/> as well.</summary>
    public required Guid Id { get; init; }

    public required string ClientId { get; init; }

    public required Guid AccountId { get; init; }

    public required List<string> Scopes { get; init; }

    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required List<string> AuthenticationMethods { get; init; }
}

/// <summary>A refresh token, kept after its use so that a second use is noticed.</summary>
internal sealed class RefreshToken
{
    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }

    public required Guid GrantId { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>What a person has allowed a client; the same or less is not asked for again.</summary>
internal sealed class OAuthConsent
{
    public required Guid AccountId { get; init; }

    public required string ClientId { get; init; }

    public required List<string> Scopes { get; set; }

    public required DateTimeOffset GrantedAt { get; set; }

    /// <summary>When the client last got a token by it.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}

internal sealed class OAuthGrantConfiguration : IEntityTypeConfiguration<OAuthGrant>
{
    public void Configure(EntityTypeBuilder<OAuthGrant> grant)
    {
        grant.ToTable("oauth_grants");
        grant.HasKey(g => g.Id).HasName("pk_oauth_grants");
        grant.Property(g => g.Id).HasColumnName("id").ValueGeneratedNever();
        grant.Property(g => g.ClientId).HasColumnName("client_id").HasMaxLength(OAuthClient.MaxIdLength);
        grant.Property(g => g.AccountId).HasColumnName("account_id");
        grant.Property(g => g.Scopes).HasColumnName("scopes");
        grant.Property(g => g.AuthenticatedAt).HasColumnName("authenticated_at");
        grant.Property(g => g.AuthenticationMethods).HasColumnName("authentication_methods");
        grant.HasOne<Session>().WithOne().HasForeignKey<OAuthGrant>(g => g.Id).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_grants_sessions");
        grant.HasOne<OAuthClient>().WithMany().HasForeignKey(g => g.ClientId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_grants_clients");
        grant.HasIndex(g => g.ClientId).HasDatabaseName("ix_oauth_grants_client_id");
        grant.HasIndex(g => new { g.AccountId, g.ClientId }).HasDatabaseName("ix_oauth_grants_account_id_client_id");
    }
}

internal sealed class RefreshTokenConfiguration : IEntityTypeConfiguration<RefreshToken>
{
    public void Configure(EntityTypeBuilder<RefreshToken> token)
    {
        token.ToTable("oauth_refresh_tokens");
        token.HasKey(t => t.Hash).HasName("pk_oauth_refresh_tokens");
        token.Property(t => t.Hash).HasColumnName("hash");
        token.Property(t => t.GrantId).HasColumnName("grant_id");
        token.Property(t => t.ExpiresAt).HasColumnName("expires_at");
        token.Property(t => t.UsedAt).HasColumnName("used_at");
        token.HasOne<OAuthGrant>().WithMany().HasForeignKey(t => t.GrantId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_refresh_tokens_grants");
        token.HasIndex(t => t.ExpiresAt).HasDatabaseName("ix_oauth_refresh_tokens_expires_at");
        token.HasIndex(t => t.GrantId).HasDatabaseName("ix_oauth_refresh_tokens_grant_id");
    }
}

internal sealed class OAuthConsentConfiguration : IEntityTypeConfiguration<OAuthConsent>
{
    public void Configure(EntityTypeBuilder<OAuthConsent> consent)
    {
        consent.ToTable("oauth_consents");
        consent.HasKey(c => new { c.AccountId, c.ClientId }).HasName("pk_oauth_consents");
        consent.Property(c => c.AccountId).HasColumnName("account_id");
        consent.Property(c => c.ClientId).HasColumnName("client_id").HasMaxLength(OAuthClient.MaxIdLength);
        consent.Property(c => c.Scopes).HasColumnName("scopes");
        consent.Property(c => c.GrantedAt).HasColumnName("granted_at");
        consent.Property(c => c.LastUsedAt).HasColumnName("last_used_at");
        consent.HasOne<Account>().WithMany().HasForeignKey(c => c.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_consents_accounts");
        consent.HasOne<OAuthClient>().WithMany().HasForeignKey(c => c.ClientId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_consents_clients");
        consent.HasIndex(c => c.ClientId).HasDatabaseName("ix_oauth_consents_client_id");
    }
}
