using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.OAuth;

/// <summary>A third-party application, registered by its owner or by configuration (then without an owner).</summary>
internal sealed class OAuthClient
{
    public const int MaxNameLength = 64;
    public const int MaxIdLength = 64;

    /// <summary>The <c>client_id</c>.</summary>
    public required string Id { get; init; }

    public Guid? OwnerId { get; init; }

    public required string Name { get; set; }

    public string? Homepage { get; set; }

    /// <summary>SHA-256 of the secret, which is random; null for a public client (no secret).</summary>
    public byte[]? SecretHash { get; set; }

    /// <summary>Compared whole, character by character.</summary>
    public required List<string> RedirectUris { get; set; }

    /// <summary>What it may ask for.</summary>
    public required List<string> Scopes { get; set; }

    /// <summary><c>authorization_code</c>, <c>refresh_token</c>, <c>client_credentials</c>.</summary>
    public required List<string> Grants { get; set; }

    /// <summary>The bot it acts as by client credentials.</summary>
    public Guid? BotId { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class OAuthClientConfiguration : IEntityTypeConfiguration<OAuthClient>
{
    public void Configure(EntityTypeBuilder<OAuthClient> client)
    {
        client.ToTable("oauth_clients");
        client.HasKey(c => c.Id).HasName("pk_oauth_clients");
        client.Property(c => c.Id).HasColumnName("id").HasMaxLength(OAuthClient.MaxIdLength);
        client.Property(c => c.OwnerId).HasColumnName("owner_id");
        client.Property(c => c.Name).HasColumnName("name").HasMaxLength(OAuthClient.MaxNameLength);
        client.Property(c => c.Homepage).HasColumnName("homepage").HasMaxLength(2048);
        client.Property(c => c.SecretHash).HasColumnName("secret_hash");
        client.Property(c => c.RedirectUris).HasColumnName("redirect_uris");
        client.Property(c => c.Scopes).HasColumnName("scopes");
        client.Property(c => c.Grants).HasColumnName("grants");
        client.Property(c => c.BotId).HasColumnName("bot_id");
        client.Property(c => c.CreatedAt).HasColumnName("created_at");
        client.HasOne<Account>().WithMany().HasForeignKey(c => c.OwnerId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_oauth_clients_owners");
        client.HasOne<Account>().WithMany().HasForeignKey(c => c.BotId).OnDelete(DeleteBehavior.SetNull).HasConstraintName("fk_oauth_clients_bots");
        client.HasIndex(c => new { c.OwnerId, c.Id }).HasDatabaseName("ix_oauth_clients_owner_id_id");
        client.HasIndex(c => c.BotId).HasDatabaseName("ix_oauth_clients_bot_id");
    }
}
