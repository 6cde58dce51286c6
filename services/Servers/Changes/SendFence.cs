using Chat.ServiceDefaults.Json;

namespace Chat.Servers.Changes;

/// <summary>
/// Tells messaging that permissions of earlier revisions do not count any more. Once it has answered, nothing that was allowed before can still be committed
/// (docs/decisions/0010-the-fence-of-a-loss.md).
/// </summary>
internal sealed class SendFence(HttpClient messaging)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <exception cref="HttpRequestException">Messaging cannot be reached or refuses.</exception>
    /// <exception cref="TimeoutException">Messaging does not answer in time.</exception>
    public async Task RaiseAsync(Guid server, long rev, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var response = await messaging.PutAsJsonAsync(new Uri($"/internal/servers/{server}/fence", UriKind.Relative), new { rev }, JsonDefaults.Options, limit.Token);
            response.EnsureSuccessStatusCode();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("Messaging does not answer.");
        }
    }
}
