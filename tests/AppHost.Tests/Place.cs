using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>Somebody of a <see cref="Place"/>: the client with its socket, and bare HTTP with the same session for what the client has no call for.</summary>
internal sealed class Resident : IDisposable
{
    private Resident(ChatClient client, HttpClient http, Guid id) => (Client, Http, Id) = (client, http, id);

    public ChatClient Client { get; }

    public HttpClient Http { get; }

    public Guid Id { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Resident> SignUpAsync(RunningSystem system, string name)
    {
        var cookies = new CookieContainer();
        var client = await system.SignUpAsync(name, new ChatClientOptions { Handler = new SocketsHttpHandler { CookieContainer = cookies } });
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = new Uri(system.Gateway, "/api/v1/") };
        http.DefaultRequestHeaders.Add("X-Chat-Client", "tests");
        return new Resident(client, http, (await client.MeAsync(Cancellation)).Id);
    }

    /// <summary>Sends a request and answers its body; fails the test unless it succeeds.</summary>
    public async Task<JsonElement> DoAsync(HttpMethod method, string path, object? body = null)
    {
        using var response = await Http.SendPatientlyAsync(() => new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) }, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    public void Dispose()
    {
        Client.Dispose();
        Http.Dispose();
    }
}

/// <summary>A server with three people in it, and the channel that one of them is about to lose something in.</summary>
internal sealed class Place : IDisposable
{
    private Place(Resident owner, Resident loser, Resident witness, Guid server, Guid channel) =>
        (Owner, Loser, Witness, Server, Channel) = (owner, loser, witness, server, channel);

    public Resident Owner { get; }

    /// <summary>Loses a right.</summary>
    public Resident Loser { get; }

    /// <summary>Keeps it.</summary>
    public Resident Witness { get; }

    public Guid Server { get; }

    public string Name { get; } = "A place";

    public Guid Channel { get; set; }

    /// <summary>A role that what is prepared for a case gives to both the loser and the witness.</summary>
    public Guid Role { get; set; }

    public static async Task<Place> CreateAsync(RunningSystem system)
    {
        var people = await Task.WhenAll(Resident.SignUpAsync(system, "owner"), Resident.SignUpAsync(system, "loser"), Resident.SignUpAsync(system, "witness"));
        var (server, channel) = await RunningSystem.CreateServerAsync(people[0].Client);
        await RunningSystem.JoinAsync(people[0].Client, server, people[1].Client);
        await RunningSystem.JoinAsync(people[0].Client, server, people[2].Client);
        return new Place(people[0], people[1], people[2], server.Id, channel);
    }

    public void Dispose()
    {
        Owner.Dispose();
        Loser.Dispose();
        Witness.Dispose();
    }
}
