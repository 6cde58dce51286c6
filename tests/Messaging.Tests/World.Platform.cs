using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Identity;
using Chat.Servers;
using Chat.Stores;
using StackExchange.Redis;

namespace Chat.Messaging.Tests;

/// <summary>People, servers and channels: made by the routes of the real identity and servers services.</summary>
public sealed partial class World
{
    private RunningService<IdentityService>? _identity;
    private RunningService<ServersService>? _servers;
    private string _serversDatabase = "";

    private RunningService<IdentityService> Identity => _identity ?? throw new InvalidOperationException("Not started.");

    private RunningService<ServersService> Servers => _servers ?? throw new InvalidOperationException("Not started.");

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    /// <summary>Somebody with an account and a token.</summary>
    public Task<Account> PersonAsync(string name) => Identity.SignUpAsync(name, Ending);

    /// <summary>A new server with a channel in which nobody is greeted, seen by its owner through replica A.</summary>
    internal async Task<Room> OpenRoomAsync(Account? owner = null)
    {
        owner ??= await PersonAsync("owner");
        using var http = Servers.CreateClient(owner.Token);
        using var response = await http.PostAsJsonAsync("/api/v1/servers", new { name = "Room" }, Ending);
        await response.ExpectAsync(HttpStatusCode.Created);
        var server = await response.ReadAsync<JsonElement>();
        using var made = await http.PostAsJsonAsync($"/api/v1/servers/{server.GetProperty("id").GetGuid()}/channels", new { name = "room", kind = "text" }, Ending);
        await made.ExpectAsync(HttpStatusCode.Created);
        var channel = (await made.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
        return new Room(A.CreateClient(owner.Token), channel, server.GetProperty("id").GetGuid(), owner) { Welcome = server.GetProperty("channels")[0].GetProperty("id").GetGuid() };
    }

    /// <summary>Somebody new who joins the room's server by an invite, seen through replica B.</summary>
    internal async Task<ChannelClient> JoinAsync(Room room)
    {
        var guest = await PersonAsync("guest");
        await JoinAsync(room, guest);
        return new ChannelClient(B.CreateClient(guest.Token), room.Channel);
    }

    /// <summary>Joins the room's server by an invite.</summary>
    internal async Task JoinAsync(Room room, Account guest)
    {
        using var owner = Servers.CreateClient(room.Owner.Token);
        using var invited = await owner.PostAsJsonAsync($"/api/v1/servers/{room.Server}/invites", new { }, Ending);
        await invited.ExpectAsync(HttpStatusCode.Created);
        var code = (await invited.ReadAsync<JsonElement>()).GetProperty("code").GetString();

        using var http = Servers.CreateClient(guest.Token);
        using var accepted = await http.PostAsync($"/api/v1/invites/{code}/accept", content: null, Ending);
        await accepted.ExpectAsync(HttpStatusCode.OK);
    }

    /// <summary>The answer to somebody who leaves the room's server.</summary>
    internal async Task<HttpStatusCode> LeaveAsync(Room room, Account guest)
    {
        using var http = Servers.CreateClient(guest.Token);
        using var response = await Repeating.ServedAsync(() => http.PostAsync($"/api/v1/servers/{room.Server}/leave", content: null, Ending));
        return response.StatusCode;
    }

    /// <summary>The answer to the owner who puts somebody out of the room's server.</summary>
    internal async Task<HttpStatusCode> ExpelAsync(Room room, Account guest, bool ban)
    {
        using var http = Servers.CreateClient(room.Owner.Token);
        using var response = await Repeating.ServedAsync(() => ban
            ? http.PutAsJsonAsync($"/api/v1/servers/{room.Server}/bans/{guest.Id}", new { reason = "raced" }, Ending)
            : http.DeleteAsync(new Uri($"/api/v1/servers/{room.Server}/members/{guest.Id}", UriKind.Relative), Ending));
        return response.StatusCode;
    }

    /// <summary>A new role of the room's server.</summary>
    internal async Task<Guid> RoleAsync(Room room, string name, bool mentionable)
    {
        using var http = Servers.CreateClient(room.Owner.Token);
        using var response = await http.PostAsJsonAsync($"/api/v1/servers/{room.Server}/roles", new { name, mentionable }, Ending);
        await response.ExpectAsync(HttpStatusCode.Created);
        return (await response.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    /// <summary>A new role of the room's server that may this.</summary>
    internal async Task<Guid> RoleAsync(Room room, Contracts.Permissions permissions) =>
        (await AsOwnerAsync(room, HttpMethod.Post, "roles", new { name = "role", permissions = (long)permissions }, HttpStatusCode.Created)).GetProperty("id").GetGuid();

    /// <summary>Archives the room's server, or opens it again.</summary>
    internal async Task ArchiveAsync(Room room, bool archived)
    {
        using var owner = Servers.CreateClient(room.Owner.Token);
        using var answer = await Repeating.ServedAsync(() => owner.PostAsync($"/api/v1/servers/{room.Server}/{(archived ? "archive" : "reopen")}", content: null, Ending));
        await answer.ExpectAsync(HttpStatusCode.OK);
    }

    /// <summary>The revision of the room's server.</summary>
    internal Task<long> ServerRevisionAsync(Room room) => Sql.ScalarAsync<long>(_serversDatabase, "select rev from servers where id = $1", room.Server);

    /// <summary>Tells a replica that rights were taken away, as the servers service does; the world's is told by that itself.</summary>
    internal static async Task<HttpResponseMessage> FenceAsync(RunningService<MessagingService> replica, Guid server, object body)
    {
        using var peer = replica.CreateClient(replica.ServiceToken("messaging"));
        return await peer.PutAsJsonAsync($"/internal/servers/{server}/fence", body, Ending);
    }

    internal static async Task FenceAsync(RunningService<MessagingService> replica, Guid server, long rev)
    {
        using var response = await FenceAsync(replica, server, new { rev });
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    /// <summary>Takes the right to send from the server's members: in the roles themselves, and the read model is rebuilt from them when asked.</summary>
    internal async Task SilenceMembersAsync(Room room)
    {
        await Sql.RunAsync(
            _serversDatabase,
            "update roles set permissions = permissions & ~$2 where server_id = $1 and built_in = 'member'",
            room.Server,
            (long)Contracts.Permissions.SendMessages);
        var patient = ConfigurationOptions.Parse(_stores.Redis);
        (patient.ConnectTimeout, patient.SyncTimeout) = (30_000, 30_000);
        using var redis = await ConnectionMultiplexer.ConnectAsync(patient);
        await redis.AskAsync(store => store.KeyDeleteAsync($"perm:s:{room.Server}"));
    }

    private async Task StartPlatformAsync(int messagingPort)
    {
        var identity = Settings();
        identity["ConnectionStrings:identitydb"] = await CreateDatabaseAsync("identitydb");
        identity["Passwords:Iterations"] = "1000";
        _identity = RunningService.Start<IdentityService>(identity);

        var servers = Settings();
        servers["services:messaging:http:0"] = $"http://127.0.0.1:{messagingPort}";
        servers["ConnectionStrings:serversdb"] = _serversDatabase = await CreateDatabaseAsync("serversdb");
        _servers = RunningService.Start<ServersService>(servers);
    }

    private async Task StopPlatformAsync()
    {
        await Servers.DisposeAsync();
        await Identity.DisposeAsync();
    }

    private Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings:redis"] = _stores.Redis,
        ["ConnectionStrings:rabbitmq"] = _stores.RabbitMq,
        ["ServiceKey"] = Stores.Stores.ServiceKey,
        ["services:identity:http:0"] = _identity?.Address.ToString(),
        ["services:servers:http:0"] = _servers?.Address.ToString(),
    };
}
