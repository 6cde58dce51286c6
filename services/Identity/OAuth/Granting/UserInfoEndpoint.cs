using System.Text.Json.Serialization;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Granting;

/// <summary>What a client may know of the person (OpenID Connect Core, 5.3), by the scopes it was given. Its tokens are for this address, whether or not they are for the API.</summary>
internal static class UserInfoEndpoint
{
    public const string Policy = "userinfo";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post];

    public static void MapUserInfo(this IEndpointRouteBuilder oauth) =>
        oauth.MapMethods("/userinfo", Methods, UserInfo).RequireAuthorization(Policy).WithScope(OAuthScopes.OpenId);

    private static async Task<Results<Ok<UserInfoResponse>, ProblemHttpResult>> UserInfo(Caller caller, HttpContext http, IdentityDb db, CancellationToken cancellation)
    {
        http.Response.Headers.CacheControl = "no-store";
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id && a.State == AccountState.Active, cancellation) is { } account
            ? TypedResults.Ok(UserInfoResponse.From(account, caller.Scopes ?? new HashSet<string>()))
            : Problems.Unauthorized("unauthenticated", "This account cannot be used any more.");
    }
}

internal sealed record UserInfoResponse(
    [property: JsonPropertyName("sub")] string Sub,
    [property: JsonPropertyName("preferred_username")] string? PreferredUsername,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("zoneinfo")] string? ZoneInfo,
    [property: JsonPropertyName("locale")] string? Locale,
    [property: JsonPropertyName("email")] string? Email,
    [property: JsonPropertyName("email_verified")] bool? EmailVerified)
{
    public static UserInfoResponse From(Account account, IReadOnlySet<string> scopes)
    {
        var profile = scopes.Contains(OAuthScopes.Profile);
        var email = scopes.Contains(OAuthScopes.Email) && account.Email is not null;
        return new UserInfoResponse(
            account.Id.ToString(),
            profile ? account.UserName : null,
            profile ? account.DisplayName : null,
            profile ? account.TimeZone : null,
            profile ? account.Locale : null,
            email ? account.Email : null,
            email ? account.EmailConfirmed : null);
    }
}
