using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.OAuth.Granting;

internal static class TokenEndpoint
{
    public static void MapToken(this IEndpointRouteBuilder oauth) => oauth.MapPost("/token", Token).AllowAnonymous();

    private static async Task<Results<Ok<TokenResponse>, OAuthError>> Token(HttpContext http, [AsParameters] TokenServices services, CancellationToken cancellation)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await OAuthForm.ReadAsync(http.Request, cancellation) is not { } form)
            return OAuthError.InvalidRequest("Send application/x-www-form-urlencoded, each parameter once.");

        var (client, refusal) = await services.Authentication.AuthenticateAsync(http, form, cancellation);
        if (client is null)
            return refusal ?? OAuthError.InvalidClient();

        return form["grant_type"] switch
        {
            null => OAuthError.InvalidRequest("grant_type is required."),
            GrantTypes.AuthorizationCode when !client.Grants.Contains(GrantTypes.AuthorizationCode) => OAuthError.UnauthorizedClient("This client has no authorization codes."),
            GrantTypes.AuthorizationCode => await services.Codes.ExchangeAsync(client, form, http, cancellation),
            GrantTypes.RefreshToken => await services.RefreshTokens.ExchangeAsync(client, form, cancellation),
            GrantTypes.ClientCredentials => await services.ClientCredentials.ExchangeAsync(client, form, http, cancellation),
            _ => OAuthError.UnsupportedGrantType(),
        };
    }
}

internal sealed record TokenServices(ClientAuthentication Authentication, CodeExchange Codes, RefreshExchange RefreshTokens, ClientCredentialsExchange ClientCredentials);
