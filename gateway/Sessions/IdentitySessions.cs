using System.Net;
using Chat.ServiceDefaults;

namespace Chat.Gateway.Sessions;

/// <summary>Identity's side of the cookie.</summary>
internal sealed class IdentitySessions(HttpClient identity, ILogger<IdentitySessions> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The token for a cookie; null when identity knows no live session for it.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer, which says nothing about the session.</exception>
    public async Task<SessionToken?> ExchangeAsync(string cookie)
    {
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            using var response = await PostAsync(cookie, timeout.Token);
            if (response.StatusCode is HttpStatusCode.NotFound)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<SessionToken>(timeout.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or OperationCanceledException)
        {
            logger.LogWarning("Identity did not exchange a session cookie: {Reason}", exception.Message);
            throw new ServiceUnavailableException("service_unavailable", "Whether you are signed in cannot be checked for the moment.", exception);
        }
    }

    /// <summary>Asked again when the connection broke: an exchange changes nothing, and a restarted identity leaves dead connections behind.</summary>
    private async Task<HttpResponseMessage> PostAsync(string cookie, CancellationToken cancellationToken)
    {
        var request = new ExchangeRequest(cookie);
        try
        {
            return await identity.PostAsJsonAsync("/internal/sessions/exchange", request, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is not HttpRequestError.ConnectionError)
        {
            return await identity.PostAsJsonAsync("/internal/sessions/exchange", request, cancellationToken);
        }
    }

    private sealed record ExchangeRequest(string Cookie);
}
