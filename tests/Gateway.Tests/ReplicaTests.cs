using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Gateway.Tests;

public sealed class ReplicaTests(OutsideFixture outside)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicas_take_turns()
    {
        await using var a = await OutsideServer.StartAsync("a");
        await using var b = await OutsideServer.StartAsync("b");
        await using var gateway = Start(a.Address, b.Address);
        using var client = gateway.CreateClient();

        var names = await NamesAsync(client, HttpMethod.Get, 10);

        Assert.Equal((5, 5), (names.Count(name => name == "a"), names.Count(name => name == "b")));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task G5_a_replica_that_refuses_connections_is_passed_over(string method)
    {
        await using var alive = await OutsideServer.StartAsync("alive");
        await using var gateway = Start(new Uri($"http://127.0.0.1:{FreePort.Take()}/"), alive.Address, new Uri($"http://127.0.0.1:{FreePort.Take()}/"));
        using var client = gateway.CreateClient();

        for (var i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/servers") { Content = method == "POST" ? JsonContent.Create(new { name = "n" }) : null };
            using var response = await client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task G5_a_read_whose_connection_broke_goes_elsewhere_and_a_write_does_not()
    {
        await using var alive = await OutsideServer.StartAsync("alive");
        using var breaking = BreakingServer.Start();
        await using var gateway = Start(breaking.Address, alive.Address);
        using var client = gateway.CreateClient();

        var written = new List<HttpStatusCode>();
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsJsonAsync("/api/v1/servers", new { name = "n" }, Cancel);
            written.Add(response.StatusCode);
        }

        // In turns, one write each; then whichever replica a read meets first, it is answered.
        Assert.Equivalent(new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable }, written);
        Assert.All(await NamesAsync(client, HttpMethod.Get, 4), name => Assert.Equal("alive", name));
    }

    [Fact]
    public async Task A_service_that_is_away_is_said_to_be_and_found_again_as_soon_as_it_is_back()
    {
        var server = await OutsideServer.StartAsync("back");
        var address = server.Address;
        await using var gateway = Start(address);
        using var client = gateway.CreateClient();
        Assert.Equal(["back"], await NamesAsync(client, HttpMethod.Get, 1));

        await server.DisposeAsync();
        using var away = await client.GetAsync("/api/v1/servers", Cancel);
        await away.ShouldBeProblemAsync(503, "service_unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), away.Headers.RetryAfter?.Delta);
        using var write = await client.PostAsJsonAsync("/api/v1/servers", new { name = "n" }, Cancel);
        await write.ShouldBeProblemAsync(503, "service_unavailable");

        await using var again = await OutsideServer.StartAsync("again", address.Port);
        Assert.Equal(["again"], await NamesAsync(client, HttpMethod.Get, 1));
    }

    [Fact]
    public async Task A_replica_that_came_back_takes_its_turn_again_soon()
    {
        var a = await OutsideServer.StartAsync("a");
        await using var b = await OutsideServer.StartAsync("b");
        await using var gateway = Start(a.Address, b.Address);
        using var client = gateway.CreateClient();
        await a.DisposeAsync();
        Assert.All(await NamesAsync(client, HttpMethod.Get, 4), name => Assert.Equal("b", name));

        await using var again = await OutsideServer.StartAsync("again", a.Address.Port);

        var since = Stopwatch.StartNew();
        while (!(await NamesAsync(client, HttpMethod.Get, 1)).Contains("again"))
        {
            Assert.True(since.Elapsed < Patience, "The replica that came back got no request.");
        }

        // A second or two; what is passed over for good, or for as long as is usual, would not be back.
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), $"It took {since.Elapsed}.");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task G5_a_replica_that_answers_no_connection_is_passed_over(string method)
    {
        await using var alive = await OutsideServer.StartAsync("alive");
        using var swallowing = SwallowingServer.Start();
        await using var gateway = Start(swallowing.Address, alive.Address);
        using var client = gateway.CreateClient();

        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/servers");
            using var response = await client.SendAsync(request, Cancel);
            Assert.Equal("alive", (await response.ReceivedAsync()).Name);
        }

        await using var alone = Start(swallowing.Address);
        using var other = alone.CreateClient();
        using var away = await other.GetAsync("/api/v1/servers", Cancel);
        await away.ShouldBeProblemAsync(503, "service_unavailable");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_service_that_stays_silent_is_a_timeout(string method)
    {
        await using var gateway = outside.Start(("Gateway:UpstreamTimeout", "00:00:00.300"));
        using var client = gateway.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/servers");
        request.Headers.Add("Test-Silence", "1");

        using var response = await client.SendAsync(request, Cancel);

        await response.ShouldBeProblemAsync(504, "upstream_timeout");
    }

    private RunningService<GatewayService> Start(params Uri[] servers) =>
        outside.Start([.. servers.Select((address, index) => ($"services:servers:http:{index}", (string?)address.ToString()))]);

    private static async Task<string[]> NamesAsync(HttpClient client, HttpMethod method, int count)
    {
        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            using var request = new HttpRequestMessage(method, "/api/v1/servers");
            using var response = await client.SendAsync(request, Cancel);
            names[i] = (await response.ReceivedAsync()).Name;
        }

        return names;
    }
}
