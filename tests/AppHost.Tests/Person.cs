using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>Somebody in a browser of their own: plain HTTP with its cookies, through the gateway.</summary>
internal sealed class Person : IDisposable
{
    public const string Password = "correct horse battery staple";

    /// <summary>Of waiting; what is promised is measured.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    private readonly SocketsHttpHandler _handler = new() { CookieContainer = new CookieContainer(), AllowAutoRedirect = false };

    private Person(Uri gateway, string username, string? email = null)
    {
        Username = username;
        Email = email ?? $"{username}@example.org";
        Gateway = gateway;
        Http = new HttpClient(_handler) { BaseAddress = gateway };
        Http.DefaultRequestHeaders.Add("X-Chat-Client", "tests");
    }

    public string Username { get; }

    public string Email { get; }

    public Uri Gateway { get; }

    public HttpClient Http { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Person> SignUpAsync(Uri gateway, string username, string? email = null)
    {
        var person = new Person(gateway, username, email);
        await person.SendAsync(HttpMethod.Post, "auth/register", new { email = person.Email, username, password = Password });
        await person.SendAsync(HttpMethod.Post, "auth/verify-email", new { token = await DevMail.TokenAsync(gateway, person.Email, Cancellation) });
        await person.SignInAsync();
        return person;
    }

    /// <summary>Somebody who has an account, in a new browser.</summary>
    public static async Task<Person> SignInAsync(Uri gateway, string username)
    {
        var person = new Person(gateway, username);
        await person.SignInAsync();
        return person;
    }

    /// <summary>The same person in another browser.</summary>
    public Task<Person> ElsewhereAsync() => SignInAsync(Gateway, Username);

    private Task SignInAsync() => SendAsync(HttpMethod.Post, "auth/login", new { login = Username, password = Password });

    /// <summary>Answers the body; fails the test unless the status is a success.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, string? bearer = null)
    {
        using var response = await Http.SendPatientlyAsync(Request, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);

        HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(method, $"/api/v1/{path}") { Content = body is null ? null : JsonContent.Create(body) };
            if (bearer is not null)
                request.Headers.Authorization = new("Bearer", bearer);
            return request;
        }
    }

    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await Http.GetAsync($"/api/v1/{path}", Cancellation);
        return response.StatusCode;
    }

    /// <summary>An identified socket, opened by a ticket.</summary>
    public async Task<ClientWebSocket> OpenSocketAsync(string? bearer = null)
    {
        var ticket = await SendAsync(HttpMethod.Post, "realtime/tickets", new { }, bearer);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(ticket.GetProperty("url").GetString() ?? ""), Cancellation);
        await socket.SendAsync("""{"t":"identify","d":{}}"""u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        while (await ReceiveAsync(socket) is { } frame)
        {
            if (frame.Contains("\"ready\"", StringComparison.Ordinal))
                return socket;
        }

        throw new InvalidOperationException($"The socket was closed before it was ready: {socket.CloseStatus}.");
    }

    /// <summary>The code the socket is closed with, and how long that took from now on.</summary>
    public static async Task<(int Code, TimeSpan Took)> CloseAsync(ClientWebSocket socket)
    {
        var waited = Stopwatch.StartNew();
        using var within = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        within.CancelAfter(CloseLimit);
        try
        {
            while (await ReceiveAsync(socket, within.Token) is not null)
            {
                // Whatever was still on its way.
            }
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            Assert.Fail($"The socket was not closed within {CloseLimit.TotalSeconds} s.");
        }

        return ((int)(socket.CloseStatus ?? WebSocketCloseStatus.Empty), waited.Elapsed);
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }

    private static async Task<string?> ReceiveAsync(ClientWebSocket socket, CancellationToken? cancellation = null)
    {
        var buffer = new byte[16 * 1024];
        var result = await socket.ReceiveAsync(buffer, cancellation ?? Cancellation);
        return result.MessageType == WebSocketMessageType.Close ? null : System.Text.Encoding.UTF8.GetString(buffer, 0, result.Count);
    }
}
