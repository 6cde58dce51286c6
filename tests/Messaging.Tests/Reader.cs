using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed record ReadStateView(Guid Channel, Guid? Server, long ReadSeq, long LastSeq, long Rev, long Unread, long Mentions, DateTimeOffset? MutedUntil = null);

public sealed record PageView<T>(T[] Items, string? Next);

public sealed record MentionView(MessageView Message, Guid? Server, string Kind);

/// <summary>One person who reads, talking to one replica.</summary>
internal sealed class Reader(HttpClient http)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public HttpClient Http => http;

    public Task<PageView<ReadStateView>> StatesAsync(string query = "") => GetAsync<PageView<ReadStateView>>($"/api/v1/read-states{query}");

    /// <summary>The state of a channel, as the list has it.</summary>
    public async Task<ReadStateView> StateAsync(Guid channel) => Assert.Single((await StatesAsync()).Items, state => state.Channel == channel);

    public Task<PageView<MentionView>> MentionsAsync(string query = "") => GetAsync<PageView<MentionView>>($"/api/v1/mentions{query}");

    public Task<ReadStateView> ReadAsync(Guid channel, long seq) => OkAsync(PutReadAsync(channel, new { seq }));

    public Task<HttpResponseMessage> PutReadAsync(Guid channel, object body) => http.PutAsJsonAsync($"/api/v1/channels/{channel}/read", body, Ending);

    public Task<ReadStateView> UnreadAsync(Guid channel, Guid from) => OkAsync(PutUnreadAsync(channel, from));

    public Task<HttpResponseMessage> PutUnreadAsync(Guid channel, Guid from) => http.PutAsync(new Uri($"/api/v1/channels/{channel}/read/from/{from}", UriKind.Relative), null, Ending);

    public Task<ReadStateView> MuteAsync(Guid channel, object body) => OkAsync(PutMuteAsync(channel, body));

    public Task<HttpResponseMessage> PutMuteAsync(Guid channel, object body) => http.PutAsJsonAsync($"/api/v1/channels/{channel}/mute", body, Ending);

    public Task<ReadStateView> UnmuteAsync(Guid channel) => OkAsync(http.DeleteAsync(new Uri($"/api/v1/channels/{channel}/mute", UriKind.Relative), Ending));

    public Task<HttpResponseMessage> PutServerReadAsync(Guid server) => http.PutAsync(new Uri($"/api/v1/read-states/servers/{server}", UriKind.Relative), null, Ending);

    public async Task ReadServerAsync(Guid server)
    {
        using var response = await PutServerReadAsync(server);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    private async Task<T> GetAsync<T>(string address)
    {
        using var response = await http.GetAsync(address, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<T>();
    }

    private static async Task<ReadStateView> OkAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<ReadStateView>();
    }
}
