using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Presence.Tests;

/// <summary>What clients see, declared here once more so that a change of the service's own types cannot change the contract unseen.</summary>
public sealed record RelationView(UserView User, string State, DateTimeOffset Since);

public sealed record UserView(Guid Id, string Username, string DisplayName);

public sealed record PageView(RelationView[] Items, string? Next = null);

/// <summary>A person who talks to one replica.</summary>
internal sealed class Somebody(Account account, RunningService<PresenceService> replica, World world)
{
    public const string Requests = "/api/v1/friends/requests";

    private readonly HttpClient _http = replica.CreateClient(account.Token);

    public Account Account => account;

    public Guid Id => account.Id;

    public string Username => account.Username;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>The same person, who talks to another replica.</summary>
    public Somebody At(RunningService<PresenceService> other) => new(account, other, world);

    /// <summary>The same person, with a token of other rights.</summary>
    public Somebody With(string token) => new(account with { Token = token }, replica, world);

    public static string Request(Somebody other) => $"{Requests}/{other.Id}";

    public static string Friend(Somebody other) => $"/api/v1/friends/{other.Id}";

    public static string Block(Somebody other) => $"/api/v1/blocks/{other.Id}";

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await _http.SendAsync(request, Ending);
    }

    /// <summary>Asks by name, however often in this minute.</summary>
    public async Task<HttpResponseMessage> TryAskAsync(Somebody other, string? key = null)
    {
        await world.ForgetRequestsAsync(Id);
        return await SendAsync(HttpMethod.Post, Requests, new { username = other.Username }, key);
    }

    public async Task<RelationView> AskAsync(Somebody other, string? key = null)
    {
        using var response = await TryAskAsync(other, key);
        await response.ExpectAsync(HttpStatusCode.Created);
        return await response.ReadAsync<RelationView>();
    }

    public async Task<RelationView> AcceptAsync(Somebody other)
    {
        using var response = await SendAsync(HttpMethod.Put, Request(other));
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<RelationView>();
    }

    /// <summary>A request as clients make it: again as long as what it has changed is not known everywhere, which takes a while on a busy machine.</summary>
    public Task<HttpResponseMessage> InsistAsync(HttpMethod method, string address, string? key = null) => Repeating.ServedAsync(() => SendAsync(method, address, key: key));

    /// <summary>A request that answers 204.</summary>
    public async Task DoAsync(HttpMethod method, string address, string? key = null)
    {
        using var response = await InsistAsync(method, address, key);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    public Task BlockAsync(Somebody other) => DoAsync(HttpMethod.Put, Block(other));

    public Task UnblockAsync(Somebody other) => DoAsync(HttpMethod.Delete, Block(other));

    public async Task<PageView> ReadAsync(string address)
    {
        using var response = await _http.GetAsync(address, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<PageView>();
    }

    public async Task<RelationView[]> FriendsAsync() => (await ReadAsync("/api/v1/friends")).Items;

    public async Task<RelationView[]> BlocksAsync() => (await ReadAsync("/api/v1/blocks")).Items;

    public async Task<RelationView[]> IncomingAsync() => (await ReadAsync($"{Requests}?direction=incoming")).Items;

    public async Task<RelationView[]> OutgoingAsync() => (await ReadAsync($"{Requests}?direction=outgoing")).Items;

    /// <summary>Everything this person's lists say, as <c>state:user</c>.</summary>
    public async Task<List<string>> RelationsAsync() =>
        [.. ((RelationView[])[.. await FriendsAsync(), .. await IncomingAsync(), .. await OutgoingAsync(), .. await BlocksAsync()]).Select(row => $"{row.State}:{row.User.Id}").Order(StringComparer.Ordinal)];
}
