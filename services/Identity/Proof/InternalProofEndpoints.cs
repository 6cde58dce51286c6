using Chat.Identity.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Proof;

/// <summary>For services that ask for a fresh proof themselves.</summary>
internal static class InternalProofEndpoints
{
    public static void MapInternalProof(this IEndpointRouteBuilder routes) => routes.MapGet("/sessions/{id:guid}/proof", Status);

    /// <summary>Whose session it is, until when its proof is fresh, and how to give one. Of a session that has ended it says nothing.</summary>
    private static async Task<Ok<InternalProofStatus>> Status(Guid id, IdentityDb db, FreshProof proof, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var account = await db.Sessions.Where(s => s.Id == id && s.RevokedAt == null && s.ExpiresAt > now).Select(s => (Guid?)s.AccountId).SingleOrDefaultAsync(cancellation);
        return account is { } user
            ? TypedResults.Ok(new InternalProofStatus(user, await proof.UntilAsync(id, user, cancellation), await proof.MethodsAsync(user, cancellation)))
            : TypedResults.Ok(new InternalProofStatus(null, null, []));
    }
}

internal sealed record InternalProofStatus(Guid? User, DateTimeOffset? ProvedUntil, IReadOnlyList<string> Methods);
