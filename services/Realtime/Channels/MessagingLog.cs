using System.Text.Json;

namespace Chat.Realtime.Channels;

/// <summary>One entry of a channel's log, as messaging answers it.</summary>
internal sealed record LogEntry(string T, long Rev, JsonElement D);

/// <summary>A page of a channel's log in ascending revision.</summary>
internal sealed record LogPage(IReadOnlyList<LogEntry> Items, long Rev, bool More);

/// <summary>The channels' logs, which messaging keeps. Calls in flight are bounded, so that many sockets coming back at once queue here and not there.</summary>
internal sealed class MessagingLog(IServiceProvider services) : IDisposable
{
    public const int PageSize = 100;
    public const int MostChannels = 500;

    private readonly SemaphoreSlim _inFlight = new(32, 32);

    /// <summary>What changed after a revision. A channel without a log has an empty one.</summary>
    /// <exception cref="HttpRequestException">Messaging is away.</exception>
    /// <exception cref="TimeoutException">Messaging does not answer.</exception>
    public Task<LogPage> ChangesAsync(Guid channel, long after, CancellationToken cancellationToken) =>
        LimitedAsync(client => client.ChangesAsync(channel, after, cancellationToken), cancellationToken);

    /// <summary>The current revision of each channel; those without a log have 0.</summary>
    /// <param name="channels">At most <see cref="MostChannels"/>.</param>
    /// <exception cref="HttpRequestException">Messaging is away.</exception>
    /// <exception cref="TimeoutException">Messaging does not answer.</exception>
    public Task<IReadOnlyDictionary<Guid, long>> RevisionsAsync(IReadOnlyCollection<Guid> channels, CancellationToken cancellationToken) =>
        LimitedAsync(client => client.RevisionsAsync(channels, cancellationToken), cancellationToken);

    public async Task<long> RevisionAsync(Guid channel, CancellationToken cancellationToken) =>
        (await RevisionsAsync([channel], cancellationToken)).GetValueOrDefault(channel);

    public void Dispose() => _inFlight.Dispose();

    private async Task<T> LimitedAsync<T>(Func<MessagingClient, Task<T>> call, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        try
        {
            // A fresh client each time: the factory renews the handlers behind it.
            return await call(services.GetRequiredService<MessagingClient>());
        }
        finally
        {
            _inFlight.Release();
        }
    }
}
