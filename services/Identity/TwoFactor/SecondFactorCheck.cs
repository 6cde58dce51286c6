using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.TwoFactor;

/// <summary>Asks for the second factor of an account whose password was right.</summary>
internal sealed class SecondFactorCheck(IdentityDb db)
{
    /// <returns>Why not, or the <c>amr</c> values that the second factor adds: none where it is off.</returns>
    public async Task<(ProblemHttpResult? Refusal, IReadOnlyList<string> Methods)> CheckAsync(HttpContext http, Account account, string? code, CancellationToken cancellation)
    {
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account.Id, cancellation);
        if (factors is not { IsOn: true })
            return (null, []);

        return (Problems.Unauthorized("two_factor_required", "A code of the second factor is required."), []);
    }
}
