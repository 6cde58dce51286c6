using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.SigningKeys;

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> key)
    {
        key.ToTable("signing_keys");
        key.HasKey(k => k.Id).HasName("pk_signing_keys");
        key.Property(k => k.Id).HasColumnName("id").HasMaxLength(64);
        key.Property(k => k.CreatedAt).HasColumnName("created_at");
        key.Property(k => k.ActiveFrom).HasColumnName("active_from");
        key.Property(k => k.RetiresAt).HasColumnName("retires_at");
        key.Property(k => k.GoneAt).HasColumnName("gone_at");
        key.Property(k => k.PublicKey).HasColumnName("public_key");
        key.Property(k => k.PrivateKey).HasColumnName("private_key");
    }
}
