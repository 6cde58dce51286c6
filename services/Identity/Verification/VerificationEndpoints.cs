using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Verification;

internal static class VerificationEndpoints
{
    public static void MapVerification(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/verify-email", VerifyEmail).AllowAnonymous();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> VerifyEmail(
        TokenRequest request, IdentityDb db, MailedTokens tokens, AccountActivation activation, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(request.Token))
            return Problems.Validation(new FieldError("token", "required", "The token from the mail is required."));

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var token = await tokens.TakeAsync(request.Token, TokenPurpose.VerifyEmail, cancellation);
        if (token is null || !await activation.ActivateAsync(token.AccountId, token.Address, cancellation))
            return Problems.Create(StatusCodes.Status400BadRequest, "invalid_token", "This link was used, has been replaced by a newer one, or is too old.");

        await transaction.CommitAsync(cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>A token from a mail.</summary>
internal sealed record TokenRequest(string? Token = null);
