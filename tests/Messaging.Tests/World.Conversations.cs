using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed partial class World
{
    private long _relation;

    /// <summary>Somebody new, with a client of each replica.</summary>
    internal async Task<Talker> TalkerAsync(string name = "talker") => new(await PersonAsync(name), A, B);

    /// <summary>Several, all of whom are friends of the first.</summary>
    internal async Task<Talker[]> FriendsAsync(int count)
    {
        var talkers = new Talker[count];
        for (var place = 0; place < count; place++)
        {
            talkers[place] = await TalkerAsync($"talker{place}");
            if (place > 0)
                await BefriendAsync(talkers[0], talkers[place]);
        }

        return talkers;
    }

    /// <summary>Tells a replica that two people are friends, as presence does.</summary>
    internal Task BefriendAsync(Talker one, Talker other, RunningService<MessagingService>? replica = null) =>
        RelateAsync(HttpMethod.Put, $"friendships/{one.Id}/{other.Id}", replica);

    /// <summary>Tells a replica that one blocks the other; returns when it has answered.</summary>
    internal Task BlockAsync(Talker one, Talker other, RunningService<MessagingService>? replica = null) => RelateAsync(HttpMethod.Put, $"blocks/{one.Id}/{other.Id}", replica);

    internal Task UnblockAsync(Talker one, Talker other) => RelateAsync(HttpMethod.Delete, $"blocks/{one.Id}/{other.Id}", null);

    private async Task RelateAsync(HttpMethod method, string path, RunningService<MessagingService>? replica)
    {
        replica ??= A;
        using var presence = replica.CreateClient(replica.ServiceToken("messaging"));
        using var request = new HttpRequestMessage(method, $"/internal/{path}?rev={Interlocked.Increment(ref _relation)}");
        using var response = await presence.SendAsync(request, Ending);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }
}

/// <summary>Somebody who talks to others outside of servers.</summary>
internal sealed class Talker(Account account, RunningService<MessagingService> a, RunningService<MessagingService> b)
{
    private const string Conversations = "/api/v1/conversations";

    public Account Account => account;

    public Guid Id => account.Id;

    /// <summary>Through one replica.</summary>
    public HttpClient A { get; } = a.CreateClient(account.Token);

    /// <summary>Through the other.</summary>
    public HttpClient B { get; } = b.CreateClient(account.Token);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public ChannelClient In(Guid conversation) => new(A, conversation);

    public ChannelClient There(Guid conversation) => new(B, conversation);

    public Task<HttpResponseMessage> BeginAsync(object body, HttpClient? by = null) => (by ?? A).PostAsJsonAsync(Conversations, body, Ending);

    /// <summary>A new conversation with these.</summary>
    public async Task<ConversationView> WithAsync(params Talker[] others)
    {
        using var response = await BeginAsync(new { users = others.Select(other => other.Id) });
        await response.ExpectAsync(HttpStatusCode.Created);
        return await response.ReadAsync<ConversationView>();
    }

    public Task<HttpResponseMessage> GetAsync(string path) => A.GetAsync(Conversations + path, Ending);

    public async Task<ConversationView> SeesAsync(Guid conversation)
    {
        using var response = await GetAsync($"/{conversation}");
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<ConversationView>();
    }

    public async Task<ConversationPageView> ListAsync(string query = "")
    {
        using var response = await GetAsync(query);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<ConversationPageView>();
    }

    /// <summary>The ids of the first page.</summary>
    public async Task<Guid[]> ListedAsync(string query = "") => [.. (await ListAsync(query)).Items.Select(conversation => conversation.Id)];

    public Task<HttpResponseMessage> PatchAsync(Guid conversation, object body) => A.PatchAsJsonAsync($"{Conversations}/{conversation}", body, Ending);

    public Task<HttpResponseMessage> PutAsync(string path, HttpClient? by = null) => (by ?? A).PutAsync(new Uri(Conversations + path, UriKind.Relative), null, Ending);

    public Task<HttpResponseMessage> DeleteAsync(string path, HttpClient? by = null) => (by ?? A).DeleteAsync(new Uri(Conversations + path, UriKind.Relative), Ending);

    /// <summary>Changes a group and gives what it is then.</summary>
    public async Task<ConversationView> ChangesAsync(Guid conversation, object body)
    {
        using var response = await Repeating.ServedAsync(() => PatchAsync(conversation, body));
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<ConversationView>();
    }

    /// <summary>Asks for something that may take rights away, until it is served.</summary>
    public async Task DoesAsync(Func<Task<HttpResponseMessage>> request, HttpStatusCode status)
    {
        using var response = await Repeating.ServedAsync(request);
        await response.ExpectAsync(status);
    }

    public Task AddsAsync(Guid conversation, Talker other) => DoesAsync(() => PutAsync($"/{conversation}/members/{other.Id}"), HttpStatusCode.OK);

    public Task RemovesAsync(Guid conversation, Talker other) => DoesAsync(() => DeleteAsync($"/{conversation}/members/{other.Id}"), HttpStatusCode.NoContent);
}

/// <summary>What clients see of a conversation, declared here once more.</summary>
public sealed record ConversationView(
    Guid Id, string Kind, AuthorView[] Members, long Rev, DateTimeOffset CreatedAt, DateTimeOffset ActiveAt, string? Name = null, Guid? Icon = null, Guid? Owner = null,
    DateTimeOffset? ClosedAt = null, Guid? RequestedBy = null, DateTimeOffset? DeclinedAt = null, bool? Hidden = null)
{
    public Guid[] MemberIds => [.. Members.Select(member => member.Id)];
}

public sealed record ConversationPageView(ConversationView[] Items, string? Next);
