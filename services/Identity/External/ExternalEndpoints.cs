using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Browsers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace Chat.Identity.External;

internal static class ExternalEndpoints
{
    public static void MapExternal(this IEndpointRouteBuilder routes)
    {
        var external = routes.MapGroup("/auth/external");
        external.MapGet("/", List).AllowAnonymous();
        external.MapGet("/{provider}", Begin).AllowAnonymous();
        external.MapDelete("/{provider}", Unlink).RequireFreshProof();
        external.MapPost("/sign-in", Finish).AllowAnonymous();
        external.MapPost("/sign-in/email-code", MailCode).AllowAnonymous();
        external.MapGet("/pending", Pending).AllowAnonymous();
        external.MapPost("/register", Register).AllowAnonymous();
    }

    private static async Task<Ok<ProviderList>> List(HttpContext http, ExternalProviders providers, ExternalLogins logins, CancellationToken cancellation)
    {
        var linked = Caller.From(http.User) is { } caller ? await logins.LinkedAsync(caller.Id, cancellation) : null;
        return TypedResults.Ok(new ProviderList([.. providers.All.Select(p => new ProviderResponse(p.Key, p.Name, linked?.Contains(p.Key)))]));
    }

    /// <summary>Where a page sends its browser. Answered by the handler's callback, which belongs to no route.</summary>
    private static async Task<Results<ChallengeHttpResult, ProblemHttpResult>> Begin(
        string provider, HttpContext http, [AsParameters] BeginServices services, CancellationToken cancellation,
        string? returnUrl = null, bool link = false, bool remember = false)
    {
        if (services.Providers.Find(provider) is null)
            return ProviderNotFound();
        if (!ReturnUrl.TryParse(returnUrl ?? "/", out var path))
            return Problems.Validation(new FieldError("returnUrl", "invalid", $"A path of this site, as in the address bar, of at most {ReturnUrl.MaxLength} characters."));

        Caller? linkTo = null;
        if (link)
        {
            linkTo = Caller.From(http.User);
            if (linkTo is null)
                return Problems.Unauthorized("unauthenticated", "Sign in first.");
            if (!ComesFromOwnPage(http.Request, services.Origins))
                return Problems.Forbidden("origin_not_allowed", "A login is linked from a page of this site only.");
            if (await services.Proof.RequireAsync(linkTo, cancellation) is { } unproved)
                return unproved;
        }

        var request = SignInRequest.For(path, remember, linkTo);
        return TypedResults.Challenge(request.ToProperties(services.Clock.GetUtcNow()), [provider]);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Unlink(
        string provider, Caller caller, HttpContext http, ExternalLogins logins, CancellationToken cancellation, bool endOtherSessions = false) =>
        await logins.UnlinkAsync(http, caller, provider, endOtherSessions, cancellation);

    private static async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> Finish(
        FinishSignInRequest request, HttpContext http, ExternalSignIn signIn, CancellationToken cancellation) =>
        request.Validate() is { Count: > 0 } errors ? Problems.Validation(errors) : await signIn.FinishAsync(http, request, cancellation);

    /// <summary>For somebody whose second factors are both an app and codes by mail, and who chooses the mail.</summary>
    private static async Task<Results<Accepted, ProblemHttpResult>> MailCode(HttpContext http, ExternalSignIn signIn, CancellationToken cancellation) =>
        await signIn.MailCodeAsync(http, cancellation) is { } refusal ? refusal : TypedResults.Accepted((string?)null);

    private static async Task<Results<Ok<PendingResponse>, ProblemHttpResult>> Pending(
        HttpContext http, PendingSignIns pending, IdentityDb db, ILookupNormalizer normalizer, CancellationToken cancellation)
    {
        if (await pending.FindAsync(http.Request, isNew: true, cancellation) is not { Email: { } email } found)
            return PendingSignIns.None();

        var username = await SuggestedUsername.FindAsync(db, normalizer, found.Suggestion ?? "", cancellation);
        return TypedResults.Ok(new PendingResponse(found.Provider, email, username, found.DisplayName));
    }

    private static async Task<Results<Created<LoginResponse>, ProblemHttpResult>> Register(
        ExternalRegisterRequest request, HttpContext http, ExternalAccounts accounts, ReservedNames reserved, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        return AccountNames.Parse(request.Username, request.DisplayName, reserved, errors) is { } names
            ? await accounts.RegisterAsync(http, names, cancellation)
            : Problems.Validation(errors);
    }

    /// <summary>
    /// Another site could send a signed-in visitor here who is somebody else at the provider, after that site had signed them in there. Browsers tell by Sec-Fetch-Site, but not
    /// over plain http; nobody can make one name our page as the Referer.
    /// </summary>
    private static bool ComesFromOwnPage(HttpRequest request, AllowedOrigins origins) =>
        request.Headers["Sec-Fetch-Site"] is ["same-origin"]
        || (Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var page) && origins.Contains(page.GetLeftPart(UriPartial.Authority)));

    private static ProblemHttpResult ProviderNotFound() => Problems.NotFound("provider_not_found", "There is no such provider here.");
}

internal sealed record BeginServices(ExternalProviders Providers, FreshProof Proof, AllowedOrigins Origins, TimeProvider Clock);
