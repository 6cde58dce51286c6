using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.External;

/// <summary>
/// A login that an account's owner has removed. Having the account's address at the provider does not bring it back, or removing one that somebody else has got hold of would
/// be no use: only the owner does, by linking it again.
/// </summary>
internal sealed class UnlinkedLogin
{
    public required Guid AccountId { get; init; }

    public required string Provider { get; init; }

    public required string ProviderKey { get; init; }
}

internal sealed class UnlinkedLoginConfiguration : IEntityTypeConfiguration<UnlinkedLogin>
{
    public void Configure(EntityTypeBuilder<UnlinkedLogin> login)
    {
        login.ToTable("unlinked_logins");
        login.HasKey(l => new { l.AccountId, l.Provider, l.ProviderKey }).HasName("pk_unlinked_logins");
        login.Property(l => l.AccountId).HasColumnName("account_id");
        login.Property(l => l.Provider).HasColumnName("provider").HasMaxLength(128);
        login.Property(l => l.ProviderKey).HasColumnName("provider_key").HasMaxLength(128);
        login.HasOne<Account>().WithMany().HasForeignKey(l => l.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_unlinked_logins_accounts");
    }
}
