using Chat.Identity.Accounts;
using Chat.Identity.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Tokens;

/// <summary>A personal access token, or a bot's. Its <see cref="Session"/> of the same id says whether it lives.</summary>
internal sealed class PersonalToken
{
    public const int MaxNameLength = 64;
    public const int HintLength = 4;

    /// <summary>The id of its <see cref="Session"/> as well.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who it acts as: its owner, or the owner's bot.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>Who made it and may revoke it.</summary>
    public required Guid OwnerId { get; init; }

    public required string Name { get; set; }

    /// <summary>SHA-256 of the whole token.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Its last characters, for its owner to know it by.</summary>
    public required string Hint { get; init; }

    public required List<string> Scopes { get; init; }

    /// <summary>Null: until it is revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

internal sealed class PersonalTokenConfiguration : IEntityTypeConfiguration<PersonalToken>
{
    public void Configure(EntityTypeBuilder<PersonalToken> token)
    {
        token.ToTable("personal_tokens");
        token.HasKey(t => t.Id).HasName("pk_personal_tokens");
        token.Property(t => t.Id).HasColumnName("id").ValueGeneratedNever();
        token.Property(t => t.AccountId).HasColumnName("account_id");
        token.Property(t => t.OwnerId).HasColumnName("owner_id");
        token.Property(t => t.Name).HasColumnName("name").HasMaxLength(PersonalToken.MaxNameLength);
        token.Property(t => t.Hash).HasColumnName("hash");
        token.Property(t => t.Hint).HasColumnName("hint").HasMaxLength(PersonalToken.HintLength);
        token.Property(t => t.Scopes).HasColumnName("scopes");
        token.Property(t => t.ExpiresAt).HasColumnName("expires_at");
        token.HasOne<Session>().WithOne().HasForeignKey<PersonalToken>(t => t.Id).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_personal_tokens_sessions");
        token.HasOne<Account>().WithMany().HasForeignKey(t => t.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_personal_tokens_accounts");
        token.HasOne<Account>().WithMany().HasForeignKey(t => t.OwnerId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_personal_tokens_owners");
        token.HasIndex(t => t.Hash).HasDatabaseName("ux_personal_tokens_hash").IsUnique();
        token.HasIndex(t => new { t.OwnerId, t.Id }).HasDatabaseName("ix_personal_tokens_owner_id_id");
        token.HasIndex(t => t.AccountId).HasDatabaseName("ix_personal_tokens_account_id");
    }
}
