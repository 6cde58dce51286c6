using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.Load;

/// <summary>The whole system, started by its own AppHost on throw-away data.</summary>
internal sealed class RunningChat : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly DistributedApplication _app;

    private RunningChat(DistributedApplication app) => _app = app;

    public Uri Gateway => _app.GetEndpoint("gateway", "http");

    public Uri Identity => _app.GetEndpoint("identity", "http");

    public Uri Servers => _app.GetEndpoint("servers", "http");

    /// <summary>The connection string of a store.</summary>
    public async Task<string> StoreAsync(string name) => await _app.GetConnectionStringAsync(name) ?? throw new InvalidOperationException($"{name} has no connection string.");

    public static async Task<RunningChat> StartAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Chat_AppHost>([], limit.Token);
        builder.CreateResourceBuilder<ProjectResource>("messaging").WithEnvironment("Limits__Enabled", "false");
        var app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("gateway", limit.Token);
        return new RunningChat(app);
    }

    /// <summary>Registers somebody and signs them in; the client carries the cookie.</summary>
    public async Task<HttpClient> SignUpAsync(string username)
    {
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Gateway };
        client.DefaultRequestHeaders.Add("X-Chat-Client", "load");
        await PostAsync(client, "/api/v1/auth/register", new { email = $"{username}@example.org", username, password = Password });
        var mails = await client.GetFromJsonAsync<JsonElement>($"/dev/mail?to={username}@example.org");
        var link = mails.GetProperty("items")[0].GetProperty("links")[0].GetString() ?? "";
        await PostAsync(client, "/api/v1/auth/verify-email", new { token = link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..] });
        await PostAsync(client, "/api/v1/auth/login", new { login = username, password = Password });
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task PostAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }
}
