using Chat.Identity.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Chat.Identity.Sessions;

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public const int MaxUserAgentLength = 256;

    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");
        session.HasKey(s => s.Id).HasName("pk_sessions");
        session.Property(s => s.Id).HasColumnName("id").ValueGeneratedNever();
        session.Property(s => s.AccountId).HasColumnName("account_id");
        session.Property(s => s.Kind).HasColumnName("kind");
        session.Property(s => s.SlidesUntil).HasColumnName("slides_until");
        session.Property(s => s.ProvedAt).HasColumnName("proved_at");
        session.Property(s => s.Methods).HasColumnName("methods").HasDefaultValueSql("'{}'");
        session.Property(s => s.CookieHash).HasColumnName("cookie_hash");
        session.Property(s => s.CreatedAt).HasColumnName("created_at");
        session.Property(s => s.LastSeenAt).HasColumnName("last_seen_at");
        session.Property(s => s.ExpiresAt).HasColumnName("expires_at");
        session.Property(s => s.RevokedAt).HasColumnName("revoked_at");
        session.Property(s => s.UserAgent).HasColumnName("user_agent").HasMaxLength(MaxUserAgentLength);
        session.Property(s => s.Address).HasColumnName("address");
        session.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_sessions_accounts");
        session.HasIndex(s => s.CookieHash).HasDatabaseName("ux_sessions_cookie_hash").IsUnique();
        session.HasIndex(s => new { s.AccountId, s.Id }).HasDatabaseName("ix_sessions_account_id_id");
        session.HasIndex(s => s.RevokedAt).HasDatabaseName("ix_sessions_revoked_at").HasFilter("revoked_at is not null");
        session.HasIndex(s => s.ExpiresAt).HasDatabaseName("ix_sessions_expires_at");
    }
}
