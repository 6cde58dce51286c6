using System.Globalization;
using System.Net;
using System.Text.Json;
using Chat.ServiceDefaults.Json;

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

    private async Task<T> LimitedAsync<T>(Func<Client, Task<T>> call, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        try
        {
            // A fresh client each time: the factory renews the handlers behind it.
            return await call(services.GetRequiredService<Client>());
        }
        finally
        {
            _inFlight.Release();
        }
    }

    internal sealed class Client(HttpClient http)
    {
        public async Task<LogPage> ChangesAsync(Guid channel, long after, CancellationToken cancellationToken)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/internal/channels/{channel}/changes?after={after}&limit={PageSize}");
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (response.StatusCode is HttpStatusCode.NotFound)
                return new LogPage([], 0, false);
            response.EnsureSuccessStatusCode();
            return await ReadAsync<LogPage>(response, cancellationToken);
        }

        public async Task<IReadOnlyDictionary<Guid, long>> RevisionsAsync(IReadOnlyCollection<Guid> channels, CancellationToken cancellationToken)
        {
            using var response = await http.PostAsJsonAsync("/internal/channels/revisions", new { channels }, JsonDefaults.Options, cancellationToken);
            response.EnsureSuccessStatusCode();
            return (await ReadAsync<RevisionList>(response, cancellationToken)).Items.ToDictionary(item => item.Channel, item => item.Rev);
        }

        private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken) =>
            await response.Content.ReadFromJsonAsync<T>(JsonDefaults.Options, cancellationToken) ?? throw new HttpRequestException("The answer was empty.");
    }

    private sealed record RevisionList(IReadOnlyList<ChannelRevision> Items);

    private sealed record ChannelRevision(Guid Channel, long Rev);
}
