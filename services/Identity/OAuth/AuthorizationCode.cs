using Chat.Identity.Accounts;
using Chat.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.OAuth;

/// <summary>An authorization code; it stays for a while after its use, so that a second use ends what the first one got.</summary>
internal sealed class AuthorizationCode
{
    /// <summary>SHA-256 of the code.</summary>
    public required byte[] Hash { get; init; }

    public required string ClientId { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>The browser session in which it was allowed; when that has ended, the code is worth nothing.</summary>
    public required Guid SessionId { get; init; }

    public required string RedirectUri { get; init; }

    public required List<string> Scopes { get; init; }

    public string? Nonce { get; init; }

    /// <summary>PKCE, method S256.</summary>
    public required string CodeChallenge { get; init; }

    /// <summary>When and how the person signed in, for the ID token.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required List<string> AuthenticationMethods { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>The grant it was used for.</summary>
    public Guid? GrantId { get; set; }
}

internal sealed class AuthorizationCodeConfiguration : IEntityTypeConfiguration<AuthorizationCode>
{
    public void Configure(EntityTypeBuilder<AuthorizationCode> code)
    {
        code.ToTable("oauth_codes");
        code.HasKey(c => c.Hash).HasName("pk_oauth_codes");
        code.Property(c => c.Hash).HasColumnName("hash");
        code.Property(c => c.ClientId).HasColumnName("client_id").HasMaxLength(OAuthClient.MaxIdLength);
        code.Property(c => c.AccountId).HasColumnName("account_id");
        code.Property(c => c.SessionId).HasColumnName("session_id");
        code.Property(c => c.RedirectUri).HasColumnName("redirect_uri").HasMaxLength(2048);
        code.Property(c => c.Scopes).HasColumnName("scopes");
        code.Property(c => c.Nonce).HasColumnName("nonce").HasMaxLength(512);
        code.Property(c => c.CodeChallenge).HasColumnName("code_challenge").HasMaxLength(43);
        code.Property(c => c.AuthenticatedAt).HasColumnName("authenticated_at");
        code.Property(c => c.AuthenticationMethods).HasColumnName("authentication_methods");
        code.Property(c => c.ExpiresAt).HasColumnName("expires_at");
        code.Property(c => c.UsedAt).HasColumnName("used_at");
        code.Property(c => c.GrantId).HasColumnName("grant_id");
        code.HasOne<OAuthClient>().WithMany().HasForeignKey(c => c.ClientId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_codes_clients");
        code.HasOne<Account>().WithMany().HasForeignKey(c => c.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_codes_accounts");
        code.HasOne<Session>().WithMany().HasForeignKey(c => c.SessionId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_codes_sessions");
        code.HasIndex(c => c.SessionId).HasDatabaseName("ix_oauth_codes_session_id");
        code.HasIndex(c => c.ClientId).HasDatabaseName("ix_oauth_codes_client_id");
        code.HasIndex(c => c.AccountId).HasDatabaseName("ix_oauth_codes_account_id");
        code.HasIndex(c => c.ExpiresAt).HasDatabaseName("ix_oauth_codes_expires_at");
    }
}
