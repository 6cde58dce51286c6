using System.Net;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Presence.People;

/// <summary>Asks identity for people of whom no event has come yet, or of whom only the name is known.</summary>
internal sealed class IdentityUsers(HttpClient identity)
{
    /// <summary>The account of that user name, in whatever case; null when nobody is called so.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer.</exception>
    public Task<IdentityUser?> FindAsync(string username, CancellationToken cancellationToken) => GetAsync($"/internal/accounts?username={Uri.EscapeDataString(username)}", cancellationToken);

    /// <summary>The account of that id; null when there is none.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer.</exception>
    public Task<IdentityUser?> FindAsync(Guid user, CancellationToken cancellationToken) => GetAsync($"/internal/accounts/{user:D}", cancellationToken);

    /// <summary>Accounts whose address is not verified are nobody's yet, and those that were erased nobody's any more.</summary>
    private async Task<IdentityUser?> GetAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await identity.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<IdentityUser>(JsonDefaults.Options, cancellationToken) is { Visible: true } found ? found : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            throw new ServiceUnavailableException("identity_unavailable", "Nobody can be looked up: identity does not answer.", exception);
        }
    }
}

/// <summary>What identity answers of an account.</summary>
/// <param name="Visible">Whether others can see it: its address was verified, and it was not erased.</param>
internal sealed record IdentityUser(Guid Id, string Username, string DisplayName, bool Visible);
