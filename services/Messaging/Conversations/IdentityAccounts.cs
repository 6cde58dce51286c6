using System.Text.Json;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Messaging.Conversations;

/// <summary>Asks identity about accounts: what they are called, and whether they are in use.</summary>
internal sealed class IdentityAccounts(HttpClient http)
{
    /// <summary>Those of some accounts that others can see, in any order: verified, and not erased.</summary>
    /// <exception cref="ServiceUnavailableException">Identity does not answer.</exception>
    public async Task<IReadOnlyList<IdentityAccount>> FindAsync(IReadOnlyCollection<Guid> accounts, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(new Uri("/internal/accounts/names", UriKind.Relative), new { accounts }, JsonDefaults.Options, cancellationToken);
            response.EnsureSuccessStatusCode();
            return (await response.Content.ReadFromJsonAsync<Answer>(JsonDefaults.Options, cancellationToken))?.Items ?? [];
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ServiceUnavailableException("identity_unavailable", "The users cannot be looked up: identity does not answer.", exception);
        }
    }

    private sealed record Answer(IReadOnlyList<IdentityAccount> Items);
}

/// <summary>An account as identity tells of it.</summary>
/// <param name="Active">It is in use: neither disabled nor suspended nor about to be erased, and if it is a bot nor is its owner.</param>
internal sealed record IdentityAccount(Guid Id, string Username, string DisplayName, bool Active)
{
    public Author Author => new(Id, Username, DisplayName);
}
