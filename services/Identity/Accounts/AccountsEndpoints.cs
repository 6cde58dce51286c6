using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Passwords;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Accounts;

internal static class AccountsEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/register", Register).AllowAnonymous();
    }

    private static async Task<Results<Created<AccountResponse>, ProblemHttpResult>> Register(
        RegisterRequest request, HttpContext http, [AsParameters] RegistrationServices services, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (request.Validate(services.Reserved, services.Rules, errors) is not { } registration)
            return Problems.Validation(errors);

        var (wait, attempt) = await services.Attempts.CountAsync(http);
        if (wait is not null)
            return Problems.TooMany("too_many_registrations", "Too many accounts were registered from this address. Try again later.", wait.Value);

        // Hashed before the transaction begins: a connection is not held while the processor works.
        if (await services.Passwords.HashAsync(registration.Password, cancellation) is not { } passwordHash)
        {
            await attempt.TakeBackAsync();
            return PasswordHashing.Busy();
        }

        var repeated = true;
        var fingerprint = registration with { Password = services.Digest.Of(registration.Password) };
        var result = await Idempotency.CreateAsync<AccountResponse>(
            services.Db,
            http,
            user: null,
            fingerprint,
            ct =>
            {
                repeated = false;
                return services.Accounts.RegisterAsync(registration, passwordHash, ct);
            },
            cancellation);
        if (repeated)
            await attempt.TakeBackAsync();
        services.Mails.Wake();
        return result;
    }
}

internal sealed record RegistrationServices(
    IdentityDb Db, RegistrationAttempts Attempts, ReservedNames Reserved, PasswordRules Rules, PasswordHashing Passwords, PasswordDigest Digest, AccountRegister Accounts, Mails Mails);
