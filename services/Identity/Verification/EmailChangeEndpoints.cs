using Chat.Identity.Accounts;
using Chat.Identity.Mail;
using Chat.Identity.Proof;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Verification;

internal static class EmailChangeEndpoints
{
    public static void MapEmailChange(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/change-email", Change).RequireFreshProof();
        routes.MapPost("/auth/confirm-email-change", Confirm).AllowAnonymous();
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> Change(
        ChangeEmailRequest request, Caller caller, HttpContext http, MailRequests requests, EmailChange change, CancellationToken cancellation)
    {
        if (!EmailAddress.TryParse(request.Email, out var address))
            return Problems.Validation(EmailAddress.Error(request.Email));

        return await requests.CountAsync(MailKind.ChangeEmail, address, http) is { } refusal
            ? refusal
            : await change.AskAsync(http, caller, address, request.EndOtherSessions, cancellation);
    }

    /// <summary>For whoever has the link, signed in or not: it is often opened in another browser.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Confirm(TokenRequest request, HttpContext http, EmailChange change, CancellationToken cancellation) =>
        request.Refusal() is { } missing ? missing : await change.ConfirmAsync(http, request.Token, cancellation);
}

/// <summary><c>POST auth/change-email</c>.</summary>
internal sealed record ChangeEmailRequest(string? Email = null, bool EndOtherSessions = false);
