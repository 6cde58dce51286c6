using Chat.Identity.Accounts;
using Chat.Identity.Administration;
using Chat.Identity.External;
using Chat.Identity.Mail;
using Chat.Identity.OAuth;
using Chat.Identity.Passkeys;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;
using Chat.Identity.TwoFactor;
using Chat.Identity.Verification;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Data;

internal sealed class IdentityDb(DbContextOptions<IdentityDb> options) : IdentityUserContext<Account, Guid>(options)
{
    /// <summary>The account, locked until the transaction ends; null when there is none. Accounts are locked before anything that belongs to them.</summary>
    /// <remarks>
    /// Not <c>for update</c>, here and elsewhere: that would hold up whoever adds a row that refers to the account and holds none of it, such as the writer of a mail with a link, which
    /// has deleted the link before it already.
    /// </remarks>
    public async Task<Account?> LockAccountAsync(Guid id, CancellationToken cancellation) =>
        (await Users.FromSql($"select * from accounts where id = {id} for no key update").ToListAsync(cancellation)).SingleOrDefault();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<MailedToken> MailedTokens => Set<MailedToken>();

    public DbSet<MailedCode> MailedCodes => Set<MailedCode>();

    public DbSet<OutgoingMail> OutgoingMails => Set<OutgoingMail>();

    public DbSet<KeptMail> KeptMails => Set<KeptMail>();

    public DbSet<SecondFactors> SecondFactors => Set<SecondFactors>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<PasskeyChallenge> PasskeyChallenges => Set<PasskeyChallenge>();

    public DbSet<PendingSignIn> PendingSignIns => Set<PendingSignIn>();

    public DbSet<UnlinkedLogin> UnlinkedLogins => Set<UnlinkedLogin>();

    public DbSet<PersonalToken> PersonalTokens => Set<PersonalToken>();

    public DbSet<OAuthClient> OAuthClients => Set<OAuthClient>();

    public DbSet<AuthorizationCode> AuthorizationCodes => Set<AuthorizationCode>();

    public DbSet<OAuthGrant> OAuthGrants => Set<OAuthGrant>();

    public DbSet<RefreshToken> RefreshTokens => Set<RefreshToken>();

    public DbSet<OAuthConsent> OAuthConsents => Set<OAuthConsent>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasPostgresExtension("pg_trgm");

        builder.MapIdentityTables();
        builder.ApplyConfigurationsFromAssembly(typeof(IdentityDb).Assembly);
        builder.AddOutbox();
        builder.AddIdempotencyKeys();
    }
}
