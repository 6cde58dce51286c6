using Chat.Identity.Accounts;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;

namespace Chat.Identity.Tokens;

/// <summary><c>POST auth/tokens</c>.</summary>
/// <param name="Name">What its owner knows it by.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ExpiresAt">When it ends by itself; null: never.</param>
/// <param name="Bot">The owner's bot that it acts as; null: the owner.</param>
internal sealed record CreateTokenRequest(string? Name = null, IReadOnlyList<string?>? Scopes = null, DateTimeOffset? ExpiresAt = null, Guid? Bot = null)
{
    public (string Name, List<string> Scopes)? Validate(DateTimeOffset now, ICollection<FieldError> errors)
    {
        var scopes = TokenScope.Parse(Scopes, errors);
        if (!DisplayName.TryParse(Name, out var name))
            errors.Add(new FieldError("name", string.IsNullOrEmpty(Name) ? "required" : "invalid", $"A name is 1 to {DisplayName.MaxLength} visible characters."));
        if (ExpiresAt <= now || ExpiresAt > SessionOpening.Never)
            errors.Add(new FieldError("expiresAt", "out_of_range", "A time in the future, or nothing for a token that does not expire."));

        return name is not null && scopes is not null && errors.Count == 0 ? (name, scopes) : null;
    }
}

/// <summary>A token as its owner sees it. <see cref="Bot"/>: the bot that it acts as. <see cref="Hint"/>: its last characters.</summary>
internal sealed record TokenResponse(
    Guid Id, string Name, IReadOnlyList<string> Scopes, Guid? Bot, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt)
{
    public static TokenResponse From(PersonalToken token, Session session) => new(
        token.Id, token.Name, token.Scopes, token.AccountId == token.OwnerId ? null : token.AccountId, token.Hint, session.CreatedAt,
        session.LastSeenAt > session.CreatedAt ? session.LastSeenAt : null, token.ExpiresAt);
}

/// <summary>A new token; <see cref="Token"/> is shown this once.</summary>
internal sealed record CreatedTokenResponse(
    Guid Id, string Name, string Token, IReadOnlyList<string> Scopes, Guid? Bot, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

internal sealed record TokenList(IReadOnlyList<TokenResponse> Items, string? Next);
