using System.Net.Http.Json;
using System.Text.Json;
using Chat.Messaging;
using Chat.Presence;
using Chat.Servers;
using Chat.Stores;
using Npgsql;
using TestStores = Chat.Stores.Stores;

namespace Chat.Identity.Tests.Export;

/// <summary>Identity with servers, presence and messaging, each of which can be cut off from it.</summary>
public sealed class ExportWorld(IdentityStores stores) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _parts = [];

    public RunningService<IdentityService> Identity { get; private set; } = null!;

    public TcpGate ServersGate { get; private set; } = null!;

    public TcpGate PresenceGate { get; private set; } = null!;

    public TcpGate MessagingGate { get; private set; } = null!;

    public string MessagingDatabase { get; private set; } = "";

    private RunningService<ServersService> Servers { get; set; } = null!;

    private RunningService<PresenceService> Presence { get; set; } = null!;

    private RunningService<MessagingService> Messaging { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // They ask the shared replica for keys and sessions; the one under test knows where they are, and shares its database.
        MessagingDatabase = await stores.Stores.CreateDatabaseAsync("messagingdb", Calls.Cancel);
        Servers = Keep(RunningService.Start<ServersService>(Settings("serversdb", await stores.Stores.CreateDatabaseAsync("serversdb", Calls.Cancel))));
        var messaging = Settings("messagingdb", MessagingDatabase);
        messaging["services:servers:http:0"] = Servers.Address.ToString();
        messaging["Limits:Enabled"] = "false";
        Messaging = Keep(RunningService.Start<MessagingService>(messaging));
        var presence = Settings("presencedb", await stores.Stores.CreateDatabaseAsync("presencedb", Calls.Cancel));
        presence["services:messaging:http:0"] = Messaging.Address.ToString();
        Presence = Keep(RunningService.Start<PresenceService>(presence));
        ServersGate = Keep(new TcpGate("127.0.0.1", Servers.Address.Port));
        PresenceGate = Keep(new TcpGate("127.0.0.1", Presence.Address.Port));
        MessagingGate = Keep(new TcpGate("127.0.0.1", Messaging.Address.Port));
        Identity = Keep(stores.Start(stores.Database, new Dictionary<string, string?>
        {
            ["services:servers:http:0"] = $"http://127.0.0.1:{ServersGate.Port}",
            ["services:presence:http:0"] = $"http://127.0.0.1:{PresenceGate.Port}",
            ["services:messaging:http:0"] = $"http://127.0.0.1:{MessagingGate.Port}",
        }));
        await Task.WhenAll(Servers.ListensAsync(), Presence.ListensAsync(), Messaging.ListensAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
            await part.DisposeAsync();
    }

    /// <summary>Founds a server and says something in it.</summary>
    public async Task<(string Server, Guid Channel)> SpeakAsync(string token, string name, params string[] messages)
    {
        using var servers = Servers.CreateClient(token);
        using var founded = await servers.PostAsJsonAsync("/api/v1/servers", new { name }, Calls.Cancel);
        var server = await founded.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Calls.Cancel);
        var channel = server.GetProperty("channels")[0].GetProperty("id").GetGuid();
        using var messaging = Messaging.CreateClient(token);
        foreach (var content in messages)
        {
            using var sent = await messaging.PostAsJsonAsync($"/api/v1/channels/{channel}/messages", new { content, nonce = Guid.NewGuid().ToString("n") }, Calls.Cancel);
            sent.EnsureSuccessStatusCode();
        }

        return (server.GetProperty("id").GetString() ?? "", channel);
    }

    /// <summary>Asks somebody to be friends.</summary>
    public async Task BefriendAsync(string token, Guid other)
    {
        using var presence = Presence.CreateClient(token);
        using var asked = await presence.PostAsJsonAsync("/api/v1/friends/requests", new { user = other }, Calls.Cancel);
        asked.EnsureSuccessStatusCode();
    }

    /// <summary>As many messages as nobody types.</summary>
    public async Task FillAsync(Guid author, int count)
    {
        await using var source = NpgsqlDataSource.Create(MessagingDatabase);
        await using var command = source.CreateCommand();
        command.CommandTimeout = 300;
        command.CommandText = """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select c.id, n, n, gen_random_uuid(), $1, n::text, md5(n::text) || md5((n * 7)::text) || md5((n * 11)::text), now() from (select gen_random_uuid() id) c, generate_series(1, $2) n
            """;
        command.Parameters.Add(new() { Value = author });
        command.Parameters.Add(new() { Value = count });
        await command.ExecuteNonQueryAsync(Calls.Cancel);
    }

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    private Dictionary<string, string?> Settings(string database, string connection) => new(StringComparer.Ordinal)
    {
        [$"ConnectionStrings:{database}"] = connection,
        ["ConnectionStrings:redis"] = stores.Stores.Redis,
        ["ConnectionStrings:rabbitmq"] = stores.Stores.RabbitMq,
        ["ServiceKey"] = TestStores.ServiceKey,
        ["services:identity:http:0"] = stores.Shared.Address.ToString(),
    };
}
