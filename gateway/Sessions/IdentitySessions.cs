using System.Diagnostics;
using System.Net;
using Chat.ServiceDefaults;

namespace Chat.Gateway.Sessions;

/// <summary>Identity's side of cookies and personal access tokens.</summary>
internal sealed class IdentitySessions(HttpClient identity, ILogger<IdentitySessions> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The access token for a credential; null when identity knows no live session for it.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer, which says nothing about the session.</exception>
    public async Task<SessionToken?> ExchangeAsync(SessionCredential credential)
    {
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            using var response = await PostAsync(credential, timeout.Token);
            if (response.StatusCode is HttpStatusCode.NotFound)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<SessionToken>(timeout.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or OperationCanceledException)
        {
            logger.LogWarning("Identity did not exchange a {Credential}: {Reason}", credential.Kind, exception.Message);
            throw new ServiceUnavailableException("service_unavailable", "Whether you are signed in cannot be checked for the moment.", exception);
        }
    }

    /// <summary>Asked again when the connection broke: an exchange changes nothing, and a restarted identity leaves dead connections behind.</summary>
    private async Task<HttpResponseMessage> PostAsync(SessionCredential credential, CancellationToken cancellationToken)
    {
        var (route, request) = credential.Kind switch
        {
            SessionCredentialKind.Cookie => ("/internal/sessions/exchange", (object)new CookieExchange(credential.Reveal())),
            SessionCredentialKind.PersonalAccessToken => ("/internal/tokens/exchange", new TokenExchange(credential.Reveal())),
            _ => throw new UnreachableException(),
        };
        try
        {
            return await identity.PostAsJsonAsync(route, request, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is not HttpRequestError.ConnectionError)
        {
            return await identity.PostAsJsonAsync(route, request, cancellationToken);
        }
    }

    private sealed record CookieExchange(string Cookie);

    private sealed record TokenExchange(string Token);
}
