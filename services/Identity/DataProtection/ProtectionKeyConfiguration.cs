using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.DataProtection;

internal sealed class ProtectionKeyConfiguration : IEntityTypeConfiguration<ProtectionKey>
{
    public void Configure(EntityTypeBuilder<ProtectionKey> key)
    {
        key.ToTable("protection_keys");
        key.HasKey(k => k.Id).HasName("pk_protection_keys");
        key.Property(k => k.Id).HasColumnName("id").ValueGeneratedNever();
        key.Property(k => k.FriendlyName).HasColumnName("friendly_name").HasMaxLength(128);
        key.Property(k => k.Xml).HasColumnName("xml");
        key.Property(k => k.CreatedAt).HasColumnName("created_at");
    }
}
