using System.Text.Json;
using Chat.ServiceDefaults;

namespace Chat.Access;

/// <summary>What every question to the servers service has in common.</summary>
internal static class ServersCall
{
    /// <summary>Asks.</summary>
    /// <exception cref="ServiceUnavailableException">Servers does not answer: 503 <c>permissions_unavailable</c>.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ServiceUnavailableException("permissions_unavailable", "Permissions cannot be checked at the moment.", exception);
        }
    }
}
