using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Passwords;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Accounts;

internal static class AccountsEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/register", Register).AllowAnonymous();
        routes.MapGet("/users/@me", GetMine).WithScope("account:read");
    }

    private static async Task<Results<Created<AccountResponse>, ProblemHttpResult>> Register(
        RegisterRequest request, HttpContext http, [AsParameters] RegistrationServices services, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (request.Validate(errors) is not { } registration)
            return Problems.Validation(errors);

        // Hashed before the transaction begins: a connection is not held while the processor works.
        if (await services.Passwords.HashAsync(registration.Password, cancellation) is not { } passwordHash)
            return Problems.Unavailable("busy", "Too many passwords are being checked. Try again shortly.", PasswordHashing.RetryAfter);

        var fingerprint = registration with { Password = services.Digest.Of(registration.Password) };
        var result = await Idempotency.CreateAsync<AccountResponse>(
            services.Db, http, user: null, fingerprint, ct => services.Accounts.RegisterAsync(registration, passwordHash, ct), cancellation);
        services.Mails.Wake();
        return result;
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemHttpResult>> GetMine(Caller caller, IdentityDb db, CancellationToken cancellation)
    {
        var account = await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id, cancellation);
        return account is null
            ? Problems.NotFound("user_not_found", "This account does not exist any more.")
            : TypedResults.Ok(AccountResponse.From(account));
    }
}

internal sealed record RegistrationServices(IdentityDb Db, PasswordHashing Passwords, PasswordDigest Digest, AccountRegister Accounts, Mails Mails);
