using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Chat.Identity.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>Decides what a sound request still needs of the person, and gives the code when nothing is missing.</summary>
internal sealed class Authorization(IdentityDb db, SessionOpening opening, SignInMarks marks, Attempts attempts, AuthorizationAnswers answers, TimeProvider clock)
{
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);
    private static readonly AttemptLimit Codes = new("oauth-code", 60, TimeSpan.FromMinutes(1));

    /// <summary>Whether the person has to sign in, again perhaps (OpenID Connect Core, 3.1.2.3).</summary>
    public bool NeedsSignIn(AuthorizationRequest request, SignedIn? person)
    {
        if (person is null)
            return true;
        if (marks.Read(request.SignInMark, request.Client.Id) is { } shown && person.At >= shown)
            return false;

        return request.Prompts.Contains(Prompt.Login) || (request.MaxAge is { } maxAge && clock.GetUtcNow() - person.At > maxAge);
    }

    /// <summary>
    /// Whether the person has to be asked (3.1.2.4). What was allowed before is not asked for again, unless whoever sends the request may be somebody else than the client: one without a
    /// secret, to be answered at an address that any program can take (RFC 8252, 8.6).
    /// </summary>
    public async Task<bool> NeedsConsentAsync(AuthorizationRequest request, SignedIn person, CancellationToken cancellation)
    {
        if (request.Prompts.Contains(Prompt.Consent) || (request.Client.SecretHash is null && !RedirectUri.NamesItsOwner(request.RedirectUri)))
            return true;

        var consent = await db.OAuthConsents.AsNoTracking().SingleOrDefaultAsync(c => c.AccountId == person.Account.Id && c.ClientId == request.Client.Id, cancellation);
        return consent is null || request.Scopes.Except(consent.Scopes).Any();
    }

    /// <param name="consented">Whether the person has just said yes; else they did before.</param>
    /// <returns>Where to lead the browser.</returns>
    public async Task<string> GiveCodeAsync(AuthorizationRequest request, SignedIn person, bool consented, CancellationToken cancellation)
    {
        if (await attempts.CountAsync(Codes, person.Account.Id.ToString()) is not null)
            return answers.Error(request, "temporarily_unavailable", "Too many codes were asked for. Try again later.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        if (!await opening.HoldAsync(person.Account.Id, person.Account.SecurityStamp, cancellation)
            || !await db.Sessions.AnyAsync(s => s.Id == person.Session.Id && s.RevokedAt == null && s.ExpiresAt > now, cancellation))
        {
            return answers.Error(request, "login_required", "The session has ended.");
        }

        // Looked at again under the lock: it may have been withdrawn since the page was made.
        var consent = await db.OAuthConsents.SingleOrDefaultAsync(c => c.AccountId == person.Account.Id && c.ClientId == request.Client.Id, cancellation);
        if (consented)
            Remember(request, person, consent, now);
        else if (consent is null || request.Scopes.Except(consent.Scopes).Any())
            return answers.Error(request, "consent_required", "The person has withdrawn what they had allowed.");

        var code = RandomSecret.New(OAuthSecret.CodePrefix);
        db.Add(new AuthorizationCode
        {
            Hash = RandomSecret.Hash(code),
            ClientId = request.Client.Id,
            AccountId = person.Account.Id,
            SessionId = person.Session.Id,
            RedirectUri = request.RedirectUri,
            Scopes = [.. request.Scopes],
            Nonce = request.Nonce,
            CodeChallenge = request.CodeChallenge,
            AuthenticatedAt = person.At,
            AuthenticationMethods = [.. person.Session.Methods],
            ExpiresAt = now + CodeLifetime,
        });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return answers.Code(request, code);
    }

    private void Remember(AuthorizationRequest request, SignedIn person, OAuthConsent? consent, DateTimeOffset now)
    {
        if (consent is null)
        {
            db.Add(new OAuthConsent { AccountId = person.Account.Id, ClientId = request.Client.Id, Scopes = [.. request.Scopes], GrantedAt = now });
            return;
        }

        consent.Scopes = [.. OAuthScopes.InOrder(consent.Scopes.Union(request.Scopes))];
    }
}
