using Chat.Identity.TwoFactor;
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

        var (account, refusal) = await services.Credentials.CheckAsync(http, request.Login ?? "", request.Password ?? "", cancellation);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("Credentials were neither accepted nor refused.");

        var (wrong, methods) = await services.SecondFactor.CheckAsync(http, account, request.Code, cancellation);
        return wrong is not null
            ? wrong
            : await services.Completion.CompleteAsync(http, account, ["pwd", .. methods], request.Remember, request.Reactivate, cancellation);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Logout(
        Caller caller, HttpContext http, SessionEnding ending, SessionCookie cookie, CancellationToken cancellation)
    {
        var effective = await ending.EndAsync(caller.Id, [caller.Session], cancellation);
        cookie.Clear(http.Response);
        return effective ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }
}

internal sealed record SignInServices(Credentials Credentials, SecondFactorCheck SecondFactor, SignInCompletion Completion);
