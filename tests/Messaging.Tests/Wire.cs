using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What clients see, declared here once more so that a change of the service's own types cannot change the contract unseen.</summary>
public sealed record MessageView(Guid Id, Guid Channel, long Seq, long Rev, AuthorView Author, string Content, string Nonce, Guid? ReplyTo, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt = null);

public sealed record AuthorView(Guid Id, string Username, string DisplayName, bool? Deleted = null);

public sealed record HistoryView(MessageView[] Items, bool HasBefore, bool HasAfter);

public sealed record ChangesView(ChangeView[] Items, long Rev, bool More);

public sealed record ChangeView(string T, long Rev, MessageView D);

/// <summary>One person in one channel, talking to one replica.</summary>
internal class ChannelClient(HttpClient http, Guid channel)
{
    public Guid Channel => channel;

    public HttpClient Http => http;

    public string Messages => $"/api/v1/channels/{channel}/messages";

    public string Changes => $"/api/v1/channels/{channel}/changes";

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public Task<HttpResponseMessage> PostAsync(object body, CancellationToken? cancellationToken = null) =>
        http.PostAsJsonAsync(Messages, body, cancellationToken ?? Ending);

    public async Task<MessageView> SendAsync(string content, string? nonce = null, Guid? replyTo = null)
    {
        using var response = await PostAsync(new { content, nonce = nonce ?? Guid.NewGuid().ToString(), replyTo });
        await response.ExpectAsync(HttpStatusCode.Created);
        return await response.ReadAsync<MessageView>();
    }

    /// <summary>Sends as a client does: the same nonce again while the service answers 503 or the connection breaks.</summary>
    public async Task<MessageView> SendUntilStoredAsync(string content, string nonce, TimeSpan limit)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        patience.CancelAfter(limit);
        while (true)
        {
            using var response = await PostAsync(new { content, nonce }).WaitAsync(patience.Token);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                await response.ExpectAsync(HttpStatusCode.Created);
                return await response.ReadAsync<MessageView>();
            }

            Assert.NotNull(response.Headers.RetryAfter);
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    public async Task<HistoryView> HistoryAsync(string query = "") => await GetAsync<HistoryView>(Messages + query);

    public async Task<ChangesView> ChangesAsync(long after, int? limit = null) =>
        await GetAsync<ChangesView>($"{Changes}?after={after}{(limit is null ? "" : $"&limit={limit}")}");

    private async Task<T> GetAsync<T>(string address)
    {
        using var response = await http.GetAsync(address, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<T>();
    }
}

/// <summary>A channel with the person who owns its server.</summary>
internal sealed class Room(HttpClient http, Guid channel, Guid server, Account owner) : ChannelClient(http, channel)
{
    public Guid Server => server;

    /// <summary>The server's first channel, where newcomers are greeted.</summary>
    public Guid Welcome { get; init; }

    public Account Owner => owner;
}
