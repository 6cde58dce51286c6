using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Profiles;

internal static class ProfilesEndpoints
{
    private const int MostIds = 100;

    public static void MapProfiles(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users");
        users.MapGet("/@me", GetMine).WithScope("account:read");
        users.MapPatch("/@me", PatchMine);
        users.MapGet("/{id:guid}", Get).WithScope("account:read");
        users.MapGet("/", GetMany).WithScope("account:read");
    }

    private static async Task<Results<Ok<MyAccountResponse>, ProblemHttpResult>> GetMine(Caller caller, IdentityDb db, CancellationToken cancellation) =>
        await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id, cancellation) is { } account
            ? TypedResults.Ok(await DescribeAsync(db, account, cancellation))
            : Gone();

    private static async Task<Results<Ok<MyAccountResponse>, ProblemHttpResult>> PatchMine(
        ProfileRequest request, Caller caller, IdentityDb db, ProfileChange change, Outbox outbox, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        var changes = request.Validate(errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        if (await change.ApplyAsync(caller, changes, cancellation) is not { } account)
            return Problems.Unauthorized("unauthenticated", "This account is not in use any more, or the session has ended.");

        outbox.Wake();
        return TypedResults.Ok(await DescribeAsync(db, account, cancellation));
    }

    private static async Task<Results<Ok<ProfileResponse>, ProblemHttpResult>> Get(Guid id, IdentityDb db, CancellationToken cancellation) =>
        await Visible(db).SingleOrDefaultAsync(a => a.Id == id, cancellation) is { } account
            ? TypedResults.Ok(ProfileResponse.From(account))
            : Problems.NotFound("user_not_found", "There is no such user.");

    /// <summary>Many at once, by <c>?ids=a,b,c</c>, in that order; those that do not exist are left out.</summary>
    private static async Task<Results<Ok<ProfileList>, ProblemHttpResult>> GetMany(string? ids, IdentityDb db, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(ids))
            return Problems.Validation(new FieldError("ids", "required", $"Up to {MostIds} ids, separated by commas."));

        var asked = new List<Guid>();
        foreach (var range in ids.AsSpan().Split(','))
        {
            if (asked.Count == MostIds)
                return Problems.Validation(new FieldError("ids", "too_many", $"At most {MostIds} ids."));
            if (!Guid.TryParseExact(ids.AsSpan()[range], "D", out var id))
                return Problems.Validation(new FieldError("ids", "invalid", "Ids, separated by commas."));
            asked.Add(id);
        }

        var found = await Visible(db).Where(a => asked.Contains(a.Id)).ToDictionaryAsync(a => a.Id, cancellation);
        return TypedResults.Ok(new ProfileList([.. asked.Distinct().Where(found.ContainsKey).Select(id => ProfileResponse.From(found[id]))]));
    }

    /// <summary>Accounts that were not verified are nobody's yet: they look like those that do not exist.</summary>
    private static IQueryable<Account> Visible(IdentityDb db) =>
        db.Users.AsNoTracking().Where(a => a.EmailConfirmed || a.IsBot || a.State == AccountState.Deleted);

    private static async Task<MyAccountResponse> DescribeAsync(IdentityDb db, Account account, CancellationToken cancellation)
    {
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account.Id, cancellation);
        return MyAccountResponse.From(account, factors is { IsOn: true });
    }

    private static ProblemHttpResult Gone() => Problems.NotFound("user_not_found", "This account does not exist any more.");
}
