using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Accounts;

/// <summary>What other services ask of accounts.</summary>
internal static class InternalAccountsEndpoints
{
    private const int MaxNames = 100;

    public static void MapInternalAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/accounts/{id:guid}", Get);
        routes.MapGet("/accounts", Find);
        routes.MapPost("/accounts/names", Names);
    }

    /// <summary>By id.</summary>
    private static async Task<Results<Ok<InternalAccount>, ProblemHttpResult>> Get(Guid id, IdentityDb db, CancellationToken cancellation) =>
        Answer(await Described(db, db.Users.Where(a => a.Id == id)).SingleOrDefaultAsync(cancellation));

    /// <summary>By user name, in whatever case.</summary>
    private static async Task<Results<Ok<InternalAccount>, ProblemHttpResult>> Find(string username, IdentityDb db, ILookupNormalizer normalizer, CancellationToken cancellation)
    {
        // What cannot be a user name is nobody's, and may be more than the normaliser bears.
        if (!Username.TryParse(username, out var name))
            return Answer(null);
        var normalized = normalizer.NormalizeName(name);
        return Answer(await Described(db, db.Users.Where(a => a.NormalizedUserName == normalized)).SingleOrDefaultAsync(cancellation));
    }

    /// <summary>Many at once, in any order; those are left out that others cannot see.</summary>
    private static async Task<Results<Ok<InternalAccounts>, ProblemHttpResult>> Names(InternalNamesQuestion question, IdentityDb db, CancellationToken cancellation) =>
        question.Accounts.Count > MaxNames
            ? Problems.Validation(new FieldError("accounts", "too_many", $"At most {MaxNames} accounts."))
            : TypedResults.Ok(new InternalAccounts(await Described(db, db.Users.Where(a => question.Accounts.Contains(a.Id) && (a.EmailConfirmed || a.IsBot) && a.State != AccountState.Deleted))
                .ToListAsync(cancellation)));

    private static IQueryable<InternalAccount> Described(IdentityDb db, IQueryable<Account> accounts) => accounts.AsNoTracking().Select(a => new InternalAccount(
        a.Id,
        a.UserName ?? "",
        a.DisplayName,
        a.State == AccountState.Active && (a.OwnerId == null || db.Users.Any(owner => owner.Id == a.OwnerId && owner.State == AccountState.Active)),
        (a.EmailConfirmed || a.IsBot) && a.State != AccountState.Deleted,
        a.IsBot));

    private static Results<Ok<InternalAccount>, ProblemHttpResult> Answer(InternalAccount? account) =>
        account is null ? Problems.NotFound("account_not_found", "There is no such account.") : TypedResults.Ok(account);
}

/// <param name="Active">The account is in use: neither disabled nor suspended nor to be erased, and if it is a bot nor is its owner.</param>
/// <param name="Visible">Others can see it: its address was verified, and it was not erased.</param>
/// <param name="Bot">It is a program's.</param>
internal sealed record InternalAccount(Guid Id, string Username, string DisplayName, bool Active, bool Visible, bool Bot);

internal sealed record InternalNamesQuestion(IReadOnlyList<Guid> Accounts);

internal sealed record InternalAccounts(IReadOnlyList<InternalAccount> Items);
