using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Access;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.Load;

/// <summary>
/// What members ask of a big server, one request after another through the gateway, and what a permission check on the way of a message costs. Everything is asked in turns, so that
/// whatever else the machine does meanwhile falls on all of it.
/// </summary>
internal static class BigServerRun
{
    private const int OtherServers = 10_000;
    private const int WarmUp = 50;
    private static readonly TimeSpan ModelLimit = TimeSpan.FromMinutes(1);

    public static async Task<int> RunAsync(LoadOptions options)
    {
        await using var chat = await RunningChat.StartAsync();
        using var owner = await chat.SignUpAsync("ann");
        using var member = await chat.SignUpAsync("bob");
        var made = await SendAsync(owner, "/api/v1/servers", new { name = "Big" });
        var (server, general) = (made.GetProperty("id").GetGuid(), made.GetProperty("channels")[0].GetProperty("id").GetGuid());
        var code = (await SendAsync(owner, $"/api/v1/servers/{server}/invites", new { })).GetProperty("code").GetString();
        await SendAsync(member, $"/api/v1/invites/{code}/accept", new { });
        var user = (await member.GetFromJsonAsync<JsonElement>("/api/v1/users/@me")).GetProperty("id").GetGuid();
        Console.Error.WriteLine("Filling the server …");
        await BigServerSeed.FillAsync(await chat.StoreAsync("serversdb"), server, OtherServers, CancellationToken.None);

        await using var reader = await ReaderAsync(chat);
        var permissions = reader.Services.GetRequiredService<IChannelPermissions>();
        await SendAsync(member, $"/api/v1/channels/{general}/messages", new { content = "Has messaging ask.", nonce = Guid.NewGuid() });
        await ModelAsync(permissions, general, user);

        var probes = await ProbesAsync(owner, member, permissions, server, general, user);
        var measured = probes.ConvertAll(probe => (probe.Name, probe.Ask, Latencies: new Latencies()));
        for (var round = 0; round < WarmUp; round++)
            await RoundAsync(probes.ConvertAll(probe => (probe.Name, probe.Ask, Latencies: new Latencies())));
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < options.Length;)
            await RoundAsync(measured);

        Console.WriteLine($"{BigServerSeed.Members:N0} members, 200 channels, 50 roles; {OtherServers:N0} other servers; {Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}; ms");
        Console.WriteLine();
        Console.WriteLine("| | p50 | p95 | p99 | answers |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, _, latencies) in measured)
            Console.WriteLine($"| {name} | {latencies.Percentile(0.5):0.0} | {latencies.Percentile(0.95):0.0} | {latencies.Percentile(0.99):0.0} | {latencies.Statuses()} |");
        return 0;
    }

    private static async Task<List<(string Name, Func<Task<int>> Ask)>> ProbesAsync(
        HttpClient owner, HttpClient member, IChannelPermissions permissions, Guid server, Guid general, Guid user)
    {
        var snapshot = await member.GetFromJsonAsync<JsonElement>($"/api/v1/servers/{server}");
        Guid[] channels = [.. snapshot.GetProperty("channels").EnumerateArray().Take(100).Select(channel => channel.GetProperty("id").GetGuid())];
        string? cursor = null;
        for (var page = 0; page < 50; page++)
            cursor = (await member.GetFromJsonAsync<JsonElement>($"/api/v1/servers/{server}/members?limit=100{(cursor is null ? "" : $"&cursor={cursor}")}")).GetProperty("next").GetString();

        (string Name, HttpClient Client, string Path)[] routes =
        [
            ("snapshot", member, $"/api/v1/servers/{server}"),
            ("members, first 50", member, $"/api/v1/servers/{server}/members"),
            ("members, 100 from the middle", member, $"/api/v1/servers/{server}/members?limit=100&cursor={cursor}"),
            ("members, search by a common name", member, $"/api/v1/servers/{server}/members?q=amber"),
            ("members, search by a rare name", member, $"/api/v1/servers/{server}/members?q=falcon77"),
            ("members of a role", member, $"/api/v1/servers/{server}/members?role={Role("Role 1")}"),
            ("discovery: text", member, "/api/v1/discovery?q=amber%20falcon"),
            ("discovery: one letter wrong", member, "/api/v1/discovery?q=kestrl"),
            ("discovery: text, category and tag", member, "/api/v1/discovery?q=harbour&category=music&tag=lantern"),
            ("discovery: largest", member, "/api/v1/discovery?sort=members"),
            ("audit log", owner, $"/api/v1/servers/{server}/audit-log"),
            ("bans", owner, $"/api/v1/servers/{server}/bans"),
            ("my permissions, explained", member, $"/api/v1/channels/{general}/permissions/@me?explain=true"),
        ];
        return
        [
            ("permission check", async () => await permissions.GetAsync(general, user, CancellationToken.None) is null ? 404 : 200),
            ("permission check of 100 channels", async () => (await permissions.GetManyAsync(channels, user, CancellationToken.None)).Count == channels.Length ? 200 : 404),
            .. routes.Select(route => (route.Name, (Func<Task<int>>)(() => GetAsync(route.Client, route.Path)))),
            ("preview of what changes for everybody", () => PreviewAsync("Member")),
            ("preview of what changes for nobody", () => PreviewAsync("Role 1")),
        ];

        Guid Role(string name) => snapshot.GetProperty("roles").EnumerateArray().First(role => role.GetProperty("name").GetString() == name).GetProperty("id").GetGuid();

        async Task<int> PreviewAsync(string role)
        {
            using var response = await owner.PostAsJsonAsync($"/api/v1/servers/{server}/permissions/preview?limit=100", new { role = new { id = Role(role), permissions = 1 } });
            return (int)response.StatusCode;
        }
    }

    private static async Task RoundAsync(List<(string Name, Func<Task<int>> Ask, Latencies Latencies)> probes)
    {
        foreach (var (_, ask, latencies) in probes)
        {
            var started = Stopwatch.GetTimestamp();
            var status = await ask();
            latencies.Add(Stopwatch.GetElapsedTime(started), status);
        }
    }

    private static async Task<int> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)response.StatusCode;
    }

    /// <summary>A reader of permissions as messaging has it, on the same Redis.</summary>
    private static async Task<WebApplication> ReaderAsync(RunningChat chat)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = await chat.StoreAsync("redis"),
            // Redis has all that is measured: servers is not asked, and would refuse.
            ["services:servers:http:0"] = chat.Servers.ToString(),
            ["ServiceKey"] = new string('-', 48),
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.AddRedisClient("redis");
        builder.AddChannelPermissions();
        return builder.Build();
    }

    private static async Task ModelAsync(IChannelPermissions permissions, Guid channel, Guid user)
    {
        using var limit = new CancellationTokenSource(ModelLimit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync(limit.Token))
        {
            try
            {
                if (await permissions.GetAsync(channel, user, limit.Token) is not null)
                    return;
            }
            catch (ServiceUnavailableException)
            {
                // Redis does not hold the server yet.
            }
        }
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new HttpRequestException($"{path} answered {(int)response.StatusCode}: {text}");
    }
}
