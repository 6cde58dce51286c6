using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.Identity.TwoFactor;
using Chat.Identity.Verification;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passwords;

internal static class PasswordsEndpoints
{
    public static void MapPasswords(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/forgot-password", Forgot).AllowAnonymous();
        routes.MapPost("/auth/reset-password", Reset).AllowAnonymous();
        routes.MapPost("/auth/change-password", Change);
    }

    private static Task<Results<Accepted, ProblemHttpResult>> Forgot(AddressRequest request, HttpContext http, MailRequests requests, CancellationToken cancellation) =>
        requests.AcceptAsync(MailKind.ResetPassword, request.Email, http, cancellation);

    /// <summary>The password is checked before the token is taken: a bad one can be corrected.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Reset(
        ResetPasswordRequest request, HttpContext http, MailedTokens tokens, [AsParameters] PasswordServices services, CancellationToken cancellation)
    {
        if (new TokenRequest(request.Token).Refusal() is { } missing)
            return missing;
        if (await tokens.FindAsync(request.Token, TokenPurpose.ResetPassword, cancellation) is not { } token
            || await services.Db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == token.AccountId, cancellation) is not { } account)
            return MailedTokens.Invalid();

        var errors = new List<FieldError>();
        if (!services.Rules.Check("password", request.Password, PasswordRules.WordsOf(account), errors))
            return Problems.Validation(errors);
        if (await services.Passwords.HashAsync(request.Password, cancellation) is not { } passwordHash)
            return PasswordHashing.Busy();

        return await services.Changes.ResetAsync(http, account.Id, request.Token ?? "", passwordHash, cancellation);
    }

    /// <summary>
    /// The present password is the proof. An account without one (it is signed in to by passkey or another provider) needs a fresh proof instead, one with a second factor besides:
    /// the password alone proves nothing there.
    /// </summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Change(
        ChangePasswordRequest request, Caller caller, HttpContext http, Credentials credentials, FreshProof proof, SecondFactorCheck secondFactor, [AsParameters] PasswordServices services, CancellationToken cancellation)
    {
        if (await services.Db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id && !a.IsBot, cancellation) is not { } account)
            return Problems.NotFound("user_not_found", "This account does not exist any more.");

        var errors = new List<FieldError>();
        if (account.PasswordHash is not null)
            request.CheckCurrent(errors);
        services.Rules.Check("newPassword", request.NewPassword, PasswordRules.WordsOf(account), errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        if ((account.PasswordHash is null || (await secondFactor.MethodsAsync(account.Id, cancellation)).Count > 0) && await proof.RequireAsync(caller, cancellation) is { } unproved)
            return unproved;
        if (account.PasswordHash is not null && (await credentials.CheckAsync(http, account, request.CurrentPassword ?? "", cancellation)).Refusal is { } refusal)
            return refusal;
        if (await services.Passwords.HashAsync(request.NewPassword ?? "", cancellation) is not { } passwordHash)
            return PasswordHashing.Busy();

        return await services.Changes.ChangeAsync(http, caller, account, passwordHash, request.EndOtherSessions, cancellation);
    }
}

/// <summary><c>POST auth/reset-password</c>.</summary>
internal sealed record ResetPasswordRequest(string? Token = null, string? Password = null);

/// <summary><c>POST auth/change-password</c>.</summary>
internal sealed record ChangePasswordRequest(string? CurrentPassword = null, string? NewPassword = null, bool EndOtherSessions = false)
{
    public void CheckCurrent(ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(CurrentPassword))
            errors.Add(new FieldError("currentPassword", "required", "The present password is required."));
        else if (Password.IsTooLong(CurrentPassword))
            errors.Add(new FieldError("currentPassword", "too_long", $"A password has at most {Password.MaxLength} characters."));
    }
}

internal sealed record PasswordServices(IdentityDb Db, PasswordRules Rules, PasswordHashing Passwords, PasswordChange Changes);
