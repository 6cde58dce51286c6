using Chat.Identity.Accounts;
using Chat.Identity.Passwords;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Sessions;

internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/login", Login).AllowAnonymous();
        routes.MapPost("/auth/logout", Logout);
    }

    private static async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> Login(
        LoginRequest request, HttpContext http, [AsParameters] SignInServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);

        var login = request.Login ?? "";
        var address = ClientAddress.Of(http);
        var account = await services.Credentials.FindAsync(login, cancellation);
        var attempts = WrongSignIns.Key(account?.Id.ToString() ?? login, address);
        if (await services.WrongSignIns.CountAsync(attempts) is { } wait)
            return Problems.TooMany("too_many_attempts", "Too many wrong sign-ins. Try again later.", wait);

        switch (await services.Credentials.CheckAsync(account, request.Password ?? "", cancellation))
        {
            case PasswordVerdict.Busy:
                await services.WrongSignIns.TakeBackAsync(attempts);
                return Problems.Unavailable("busy", "Too many passwords are being checked. Try again shortly.", PasswordHashing.RetryAfter);
            case PasswordVerdict.Right or PasswordVerdict.RightButOutdated when account is not null:
                await services.WrongSignIns.TakeBackAsync(attempts);
                return await OpenAsync(services, http, account, request.Remember, cancellation);
            default:
                return Problems.Unauthorized("invalid_credentials", "The username, e-mail address or password is wrong.");
        }
    }

    private static async Task<Ok<LoginResponse>> OpenAsync(
        SignInServices services, HttpContext http, Account account, bool remember, CancellationToken cancellation)
    {
        // The browser's cookie is about to be replaced: nobody could end the session it stands for afterwards.
        var replaced = Caller.From(http.User)?.Session;
        var (session, cookie) = await services.Opening.OpenAsync(account, http, remember, replaced, cancellation);
        http.Response.Headers.CacheControl = "no-store";
        services.Cookie.Set(http.Response, cookie, remember ? SessionOpening.RememberedFor : null);
        return TypedResults.Ok(new LoginResponse(AccountResponse.From(account), new OpenedSession(session.Id, session.ExpiresAt)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Logout(
        Caller caller, HttpContext http, SessionEnding ending, SessionCookie cookie, CancellationToken cancellation)
    {
        var effective = await ending.EndAsync(caller.Id, [caller.Session], cancellation);
        cookie.Clear(http.Response);
        return effective ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }
}

internal sealed record SignInServices(Credentials Credentials, WrongSignIns WrongSignIns, SessionOpening Opening, SessionCookie Cookie);
