using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Accounts;

internal static class InternalAccountsEndpoints
{
    public static void MapInternalAccounts(this IEndpointRouteBuilder routes) => routes.MapGet("/accounts/{id:guid}", Status);

    /// <summary>Whether an account is in use, and whether it is a program's.</summary>
    private static async Task<Results<Ok<InternalAccountStatus>, ProblemHttpResult>> Status(Guid id, IdentityDb db, CancellationToken cancellation) =>
        await db.Users.Where(a => a.Id == id).Select(a => new InternalAccountStatus(a.State == AccountState.Active, a.IsBot)).SingleOrDefaultAsync(cancellation) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound("account_not_found", "There is no such account.");
}

internal sealed record InternalAccountStatus(bool Active, bool Bot);
