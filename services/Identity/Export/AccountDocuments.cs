using System.Buffers.Text;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Export;

/// <summary>What identity itself knows of a person, a document a file. No secret, and no hash of one, is in it.</summary>
internal sealed class AccountDocuments(IdentityDb db)
{
    /// <returns>Null when the account is gone.</returns>
    public async Task<IReadOnlyList<ExportDocument>?> ReadAsync(Guid id, CancellationToken cancellation)
    {
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, cancellation) is not { } account)
            return null;

        return
        [
            new("account.json", await AccountAsync(account, cancellation)),
            new("profile.json", new { account.DisplayName, account.About, account.Pronouns, account.TimeZone, account.Locale, account.Avatar, account.Banner }),
            new("sessions.json", await SessionsAsync(id, cancellation)),
            new("tokens.json", await TokensAsync(id, cancellation)),
            new("bots.json", await BotsAsync(id, cancellation)),
            new("passkeys.json", await PasskeysAsync(id, cancellation)),
            new("external-logins.json", await LoginsAsync(id, cancellation)),
            new("connected-apps.json", await AppsAsync(id, cancellation)),
            new("clients.json", await ClientsAsync(id, cancellation)),
        ];
    }

    private async Task<object> AccountAsync(Account account, CancellationToken cancellation)
    {
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account.Id, cancellation);
        return new
        {
            account.Id,
            Username = account.UserName,
            account.Email,
            EmailVerified = account.EmailConfirmed,
            account.CreatedAt,
            Role = WireName.Of(account.Role),
            account.PasswordChangedAt,
            TwoFactor = new { factors?.TotpEnabledAt, factors?.EmailEnabledAt, RecoveryCodes = await db.RecoveryCodes.CountAsync(c => c.AccountId == account.Id, cancellation) },
        };
    }

    /// <summary>Those that ended within the last day are included: they are still stored.</summary>
    private async Task<object> SessionsAsync(Guid id, CancellationToken cancellation)
    {
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.AccountId == id && s.Kind == SessionKind.Browser).OrderBy(s => s.Id).ToListAsync(cancellation);
        return new
        {
            sessions = sessions.Select(s => new
            {
                s.Id,
                s.CreatedAt,
                s.LastSeenAt,
                s.ExpiresAt,
                EndedAt = s.RevokedAt,
                s.UserAgent,
                Device = Device.Name(s.UserAgent),
                Address = s.Address?.ToString(),
                s.Methods,
            }),
        };
    }

    private async Task<object> TokensAsync(Guid id, CancellationToken cancellation) => new
    {
        tokens = await db.PersonalTokens.AsNoTracking().Where(t => t.OwnerId == id).OrderBy(t => t.Id)
            .Join(db.Sessions, t => t.Id, s => s.Id, (t, s) => new { t.Id, Account = t.AccountId, t.Name, t.Scopes, s.CreatedAt, s.LastSeenAt, t.ExpiresAt, EndedAt = s.RevokedAt })
            .ToListAsync(cancellation),
    };

    private async Task<object> BotsAsync(Guid id, CancellationToken cancellation) => new
    {
        bots = await db.Users.AsNoTracking().Where(a => a.OwnerId == id).OrderBy(a => a.Id)
            .Select(a => new { a.Id, Username = a.UserName, a.DisplayName, a.CreatedAt }).ToListAsync(cancellation),
    };

    private async Task<object> PasskeysAsync(Guid id, CancellationToken cancellation)
    {
        var passkeys = await db.UserPasskeys.AsNoTracking().Where(p => p.UserId == id)
            .Select(p => new { p.CredentialId, p.Data, LastUsedAt = EF.Property<DateTimeOffset?>(p, IdentityTables.PasskeyLastUsedAt) }).ToListAsync(cancellation);
        return new
        {
            passkeys = passkeys.OrderBy(p => p.Data.CreatedAt).Select(p => new { Id = Base64Url.EncodeToString(p.CredentialId), p.Data.Name, p.Data.CreatedAt, p.LastUsedAt, p.Data.Transports, p.Data.IsBackedUp }),
        };
    }

    private async Task<object> LoginsAsync(Guid id, CancellationToken cancellation) => new
    {
        logins = await db.UserLogins.AsNoTracking().Where(l => l.UserId == id).OrderBy(l => l.LoginProvider)
            .Select(l => new { Provider = l.LoginProvider, Subject = l.ProviderKey, Name = l.ProviderDisplayName }).ToListAsync(cancellation),
        unlinked = await db.UnlinkedLogins.AsNoTracking().Where(l => l.AccountId == id).OrderBy(l => l.Provider)
            .Select(l => new { l.Provider, Subject = l.ProviderKey }).ToListAsync(cancellation),
    };

    private async Task<object> AppsAsync(Guid id, CancellationToken cancellation) => new
    {
        apps = await db.OAuthConsents.AsNoTracking().Where(c => c.AccountId == id).OrderBy(c => c.ClientId)
            .Join(db.OAuthClients, c => c.ClientId, client => client.Id, (c, client) => new { Client = client.Id, client.Name, client.Homepage, c.Scopes, c.GrantedAt, c.LastUsedAt })
            .ToListAsync(cancellation),
        grants = await db.OAuthGrants.AsNoTracking().Where(g => g.AccountId == id).OrderBy(g => g.Id)
            .Join(db.Sessions, g => g.Id, s => s.Id, (g, s) => new { g.Id, Client = g.ClientId, g.Scopes, s.CreatedAt, s.LastSeenAt, EndedAt = s.RevokedAt })
            .ToListAsync(cancellation),
    };

    private async Task<object> ClientsAsync(Guid id, CancellationToken cancellation) => new
    {
        clients = await db.OAuthClients.AsNoTracking().Where(c => c.OwnerId == id).OrderBy(c => c.Id)
            .Select(c => new { c.Id, c.Name, c.Homepage, c.RedirectUris, c.Scopes, c.Grants, Bot = c.BotId, c.CreatedAt }).ToListAsync(cancellation),
    };
}

/// <summary>A file of the export before it is written: an object, whose lists are counted in the manifest.</summary>
internal sealed record ExportDocument(string File, object Content);
