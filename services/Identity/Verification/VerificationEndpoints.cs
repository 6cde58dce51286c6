using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Verification;

internal static class VerificationEndpoints
{
    public static void MapVerification(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/verify-email", VerifyEmail).AllowAnonymous();
        routes.MapPost("/auth/resend-verification", Resend).AllowAnonymous();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> VerifyEmail(
        TokenRequest request, IdentityDb db, MailedTokens tokens, AccountActivation activation, Outbox outbox, CancellationToken cancellation)
    {
        if (request.Refusal() is { } missing)
            return missing;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var token = await tokens.TakeAsync(request.Token, TokenPurpose.VerifyEmail, cancellation);
        if (token is null || !await activation.ActivateAsync(token.AccountId, token.Address, cancellation))
            return MailedTokens.Invalid();

        await transaction.CommitAsync(cancellation);
        outbox.Wake();
        return TypedResults.NoContent();
    }

    private static Task<Results<Accepted, ProblemHttpResult>> Resend(AddressRequest request, HttpContext http, MailRequests requests, CancellationToken cancellation) =>
        requests.AcceptAsync(MailKind.VerifyEmail, request.Email, http, cancellation);
}

/// <summary>A token from a mail.</summary>
internal sealed record TokenRequest(string? Token = null)
{
    public ProblemHttpResult? Refusal() =>
        string.IsNullOrEmpty(Token) ? Problems.Validation(new FieldError("token", "required", "The token from the mail is required.")) : null;
}
