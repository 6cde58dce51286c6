using System.Net;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Servers;

/// <summary>What identity knows of an account that its events do not tell.</summary>
internal sealed class IdentityAccounts(HttpClient identity)
{
    /// <summary>Whether the account is a person's, and in use.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer.</exception>
    public async Task<bool> IsActivePersonAsync(Guid user, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await identity.GetAsync(new Uri($"/internal/accounts/{user:D}", UriKind.Relative), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return false;
            }

            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<Answer>(JsonDefaults.Options, cancellationToken) is { Active: true, Bot: false };
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            throw new ServiceUnavailableException("identity_unavailable", "The account cannot be checked: identity does not answer.", exception);
        }
    }

    private sealed record Answer(bool Active, bool Bot);
}
