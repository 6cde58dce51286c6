using System.Globalization;
using System.Net;
using Chat.ServiceDefaults.Json;

namespace Chat.Realtime.Channels;

/// <summary>Messaging's internal routes.</summary>
internal sealed class MessagingClient(HttpClient http)
{
    public async Task<LogPage> ChangesAsync(Guid channel, long after, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/internal/channels/{channel}/changes?after={after}&limit={MessagingLog.PageSize}");
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

    private sealed record RevisionList(IReadOnlyList<ChannelRevision> Items);

    private sealed record ChannelRevision(Guid Channel, long Rev);
}
