using System.Globalization;

namespace Chat.Presence.Blocks;

/// <summary>Tells messaging of blocks. Once it has answered, nothing more is accepted between the two, or it is again.</summary>
internal sealed class MessagingBlocks(HttpClient messaging)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <exception cref="HttpRequestException">Messaging cannot be reached or refuses.</exception>
    /// <exception cref="TimeoutException">Messaging does not answer in time.</exception>
    public async Task TellAsync(UnsettledBlock block, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var address = string.Create(CultureInfo.InvariantCulture, $"/internal/blocks/{block.Blocker}/{block.Blocked}?rev={block.Rev}");
        try
        {
            using var request = new HttpRequestMessage(block.Active ? HttpMethod.Put : HttpMethod.Delete, new Uri(address, UriKind.Relative));
            using var response = await messaging.SendAsync(request, limit.Token);
            response.EnsureSuccessStatusCode();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("Messaging does not answer.");
        }
    }
}
