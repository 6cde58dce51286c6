using Chat.Identity.Data;
using Chat.Identity.OAuth.Pages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.OAuth.Authorizing;

internal static class AuthorizeEndpoints
{
    private const string Allow = "allow";
    private const string Deny = "deny";

    public static void MapAuthorize(this IEndpointRouteBuilder oauth)
    {
        oauth.MapGet("/authorize", Show).AllowAnonymous();
        oauth.MapPost("/authorize", Decide);
    }

    /// <summary>Where a client sends a browser: a page, or straight back.</summary>
    private static async Task<Results<HtmlPage, SeeOther>> Show(HttpContext http, [AsParameters] AuthorizeServices services, CancellationToken cancellation)
    {
        var (authorization, answers) = (services.Authorization, services.Answers);
        var read = await services.Requests.ReadAsync(RequestParameters.From(http.Request.QueryString), cancellation);
        if (read.Refusal is not null)
            return new SeeOther(read.Refusal);
        if (read.Request is not { } request)
            return ErrorPage.For(read.Unusable ?? "");

        var person = await SignedIn.FindAsync(http, services.Db, services.Clock, cancellation);
        if (person is null || authorization.NeedsSignIn(request, person))
        {
            return request.MustBeSilent
                ? new SeeOther(answers.Error(request, "login_required", "The person has to sign in."))
                : SignInPage.For(request, person, services.Marks.New(request.Client.Id));
        }

        if (await authorization.NeedsConsentAsync(request, person, cancellation))
        {
            return request.MustBeSilent
                ? new SeeOther(answers.Error(request, "consent_required", "The person has to be asked."))
                : ConsentPage.For(request, person);
        }

        return new SeeOther(await authorization.GiveCodeAsync(request, person, consented: false, cancellation));
    }

    /// <summary>The consent page's answer: the parameters of the request once more, and <c>decision</c>.</summary>
    private static async Task<Results<Ok<DecisionResponse>, ProblemHttpResult>> Decide(
        Dictionary<string, string> body, HttpContext http, [AsParameters] AuthorizeServices services, CancellationToken cancellation)
    {
        var decision = body.GetValueOrDefault("decision");
        if (decision is not (Allow or Deny))
            return Problems.Validation(new FieldError("decision", decision is null ? "required" : "invalid", $"{Allow} or {Deny}."));

        var read = await services.Requests.ReadAsync(RequestParameters.From(body), cancellation);
        http.Response.Headers.CacheControl = "no-store";
        if (read.Refusal is not null)
            return TypedResults.Ok(new DecisionResponse(read.Refusal));
        if (read.Request is not { } request)
            return Problems.Create(StatusCodes.Status400BadRequest, "invalid_authorization_request", read.Unusable ?? "");

        var person = await SignedIn.FindAsync(http, services.Db, services.Clock, cancellation);
        if (person is null || services.Authorization.NeedsSignIn(request, person))
            return Problems.Forbidden("sign_in_required", "Sign in first, or again, as the client demands it.");

        return TypedResults.Ok(new DecisionResponse(decision == Allow
            ? await services.Authorization.GiveCodeAsync(request, person, consented: true, cancellation)
            : services.Answers.Error(request, "access_denied", "The person has refused.")));
    }
}

internal sealed record AuthorizeServices(
    IdentityDb Db, AuthorizationRequests Requests, Authorization Authorization, AuthorizationAnswers Answers, SignInMarks Marks, TimeProvider Clock);

/// <summary>Where the page leads the browser.</summary>
internal sealed record DecisionResponse(string Redirect);
