using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Passkeys;

/// <summary>
/// The passkeys of an account. Written here and not by the framework's store, which would take a credential over from another account and save whatever else of the account it was given.
/// </summary>
internal sealed class PasskeyRing(IdentityDb db, SessionOpening opening, SessionEnding ending, WaysIn ways, SecurityNotices notices, Mails mails)
{
    public const int MostPerAccount = 20;

    // Hints for the browser, which come from it: https://www.w3.org/TR/webauthn-3/#enum-transport and what may be added to it.
    private const int MostTransports = 8;
    private const int MaxTransportLength = 32;

    public static ProblemHttpResult NotFound() => Problems.NotFound("passkey_not_found", "There is no such passkey.");

    public static ProblemHttpResult Exists() => Problems.Conflict("passkey_exists", "This passkey is registered already.");

    public static ProblemHttpResult TooMany() => Problems.Conflict("too_many_passkeys", $"An account has at most {MostPerAccount} passkeys. Remove one first.");

    public async Task<IReadOnlyList<PasskeyResponse>> ListAsync(Guid account, CancellationToken cancellation)
    {
        var passkeys = await db.UserPasskeys.AsNoTracking().Where(p => p.UserId == account)
            .Select(p => new { p.CredentialId, p.Data, LastUsedAt = EF.Property<DateTimeOffset?>(p, IdentityTables.PasskeyLastUsedAt) }).ToListAsync(cancellation);
        return [.. passkeys.Select(p => PasskeyResponse.From(p.CredentialId, p.Data, p.LastUsedAt)).OrderBy(p => p.CreatedAt)];
    }

    public Task<int> CountAsync(Guid account, CancellationToken cancellation) => db.UserPasskeys.CountAsync(p => p.UserId == account, cancellation);

    /// <summary>Stores what a ceremony has checked.</summary>
    public async Task<Results<Created<PasskeyResponse>, ProblemHttpResult>> AddAsync(
        HttpContext http, Caller caller, UserPasskeyInfo made, string name, bool endOtherSessions, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return NotActive();
        if (await CountAsync(caller.Id, cancellation) >= MostPerAccount)
            return TooMany();

        var passkey = new IdentityUserPasskey<Guid>
        {
            UserId = caller.Id,
            CredentialId = made.CredentialId,
            Data = new IdentityPasskeyData
            {
                Name = name,
                PublicKey = made.PublicKey,
                CreatedAt = made.CreatedAt,
                SignCount = made.SignCount,
                Transports = Shorten(made.Transports),
                IsUserVerified = made.IsUserVerified,
                IsBackupEligible = made.IsBackupEligible,
                IsBackedUp = made.IsBackedUp,
                AttestationObject = made.AttestationObject,
                ClientDataJson = made.ClientDataJson,
            },
        };
        db.UserPasskeys.Add(passkey);
        IReadOnlyList<Session> ended;
        try
        {
            ended = await SaveChangeAsync(http, caller, $"A passkey was added to your account: {name}.", endOtherSessions, cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Exists();
        }

        await transaction.CommitAsync(cancellation);
        mails.Wake();
        var response = PasskeyResponse.From(passkey.CredentialId, passkey.Data, lastUsedAt: null);
        return await ending.SettleAsync(caller.Id, ended, cancellation)
            ? TypedResults.Created($"/api/v1/auth/passkeys/{response.Id}", response)
            : SessionEnding.NotYetEffective();
    }

    /// <returns>Null when there is no such passkey.</returns>
    public async Task<PasskeyResponse?> RenameAsync(Guid account, byte[] id, string name, CancellationToken cancellation)
    {
        var passkey = await db.UserPasskeys.SingleOrDefaultAsync(p => p.CredentialId == id && p.UserId == account, cancellation);
        if (passkey is null)
            return null;

        // One member of the JSON column: the counter in it may be moving.
        passkey.Data.Name = name;
        await db.SaveChangesAsync(cancellation);
        return PasskeyResponse.From(id, passkey.Data, db.Entry(passkey).Property<DateTimeOffset?>(IdentityTables.PasskeyLastUsedAt).CurrentValue);
    }

    public async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(HttpContext http, Caller caller, byte[] id, bool endOtherSessions, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return NotActive();

        var passkey = await db.UserPasskeys.SingleOrDefaultAsync(p => p.CredentialId == id && p.UserId == caller.Id, cancellation);
        if (passkey is null)
            return NotFound();

        db.UserPasskeys.Remove(passkey);
        await db.SaveChangesAsync(cancellation);
        if (!await ways.AnyAsync(caller.Id, cancellation))
            return WaysIn.Last();

        // A sign-in by this passkey that was checked a moment ago and holds no session yet gets none.
        var stamp = Guid.NewGuid().ToString("N");
        await db.Users.Where(a => a.Id == caller.Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, stamp), cancellation);
        var ended = await SaveChangeAsync(http, caller, $"A passkey was removed from your account: {passkey.Data.Name}.", endOtherSessions, cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await ending.SettleAsync(caller.Id, ended, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    private async Task<IReadOnlyList<Session>> SaveChangeAsync(HttpContext http, Caller caller, string notice, bool endOtherSessions, CancellationToken cancellation)
    {
        notices.Queue(notice, await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation), http);
        var ended = endOtherSessions ? await ending.MarkAllAsync(caller.Id, except: caller.Session, [SessionKind.Browser], cancellation) : [];
        await db.SaveChangesAsync(cancellation);
        return ended;
    }

    private static string[]? Shorten(string[]? transports) =>
        transports?.Where(t => t.Length is > 0 and <= MaxTransportLength && t.All(c => char.IsAsciiLetterLower(c) || c is '-')).Take(MostTransports).ToArray();

    private static ProblemHttpResult NotActive() => Problems.Unauthorized("unauthenticated", "This account is not in use any more.");
}
