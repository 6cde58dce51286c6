using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Tokens;

/// <summary>Makes personal access tokens; an owner has at most <see cref="MostPerOwner"/>, their bots' included.</summary>
internal sealed class TokenIssuing(IdentityDb db, SessionOpening opening, SecurityNotices notices, Mails mails, TimeProvider clock)
{
    public const int MostPerOwner = 100;

    public async Task<Results<Created<CreatedTokenResponse>, ProblemHttpResult>> IssueAsync(
        HttpContext http, Caller caller, string name, List<string> scopes, DateTimeOffset? expiresAt, Guid? bot, CancellationToken cancellation)
    {
        var owner = caller.Id;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "This account may not be used any more.");
        if (bot is { } wanted && (!await opening.HoldAsync(wanted, stamp: null, cancellation) || !await db.Users.AnyAsync(a => a.Id == wanted && a.OwnerId == owner, cancellation)))
            return Problems.NotFound("bot_not_found", "There is no such bot of yours.");

        var now = clock.GetUtcNow();
        var live = db.PersonalTokens.Where(t => t.OwnerId == owner).Join(db.Sessions.Where(s => s.RevokedAt == null && s.ExpiresAt > now), t => t.Id, s => s.Id, (t, _) => t);
        if (await live.CountAsync(cancellation) >= MostPerOwner)
            return Problems.Conflict("too_many_tokens", $"At most {MostPerOwner} tokens. Revoke one first.");

        var text = TokenText.New();
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            AccountId = bot ?? owner,
            Kind = SessionKind.Token,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = expiresAt ?? SessionOpening.Never,
            UserAgent = null,
            Address = ClientAddress.Of(http),
        };
        var token = new PersonalToken
        {
            Id = session.Id,
            AccountId = session.AccountId,
            OwnerId = owner,
            Name = name,
            Hash = TokenText.Hash(text) ?? throw new InvalidOperationException("A new token has the wrong form."),
            Hint = text[^PersonalToken.HintLength..],
            Scopes = scopes,
            ExpiresAt = expiresAt,
        };
        db.AddRange(session, token);
        notices.Queue($"The access token \"{name}\" was created.", await db.Users.AsNoTracking().SingleAsync(a => a.Id == owner, cancellation), http);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return TypedResults.Created(
            $"/api/v1/auth/tokens/{token.Id}", new CreatedTokenResponse(token.Id, name, text, scopes, bot, token.Hint, now, expiresAt));
    }
}
