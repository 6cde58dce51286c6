using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Chat.Gateway.Tests;

public sealed class SocketTests(OutsideFixture outside)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>More than five seconds, for a machine that stands still now and then; less than what the request that is open would take.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Frames_pass_both_ways_and_a_close_of_the_client_is_answered()
    {
        using var socket = await ConnectAsync(outside.Gateway);

        Assert.Equal("hello", await EchoAsync(socket, "hello"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancel);

        Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task A_close_code_of_the_service_reaches_the_client()
    {
        using var socket = await ConnectAsync(outside.Gateway);
        await socket.SendAsync("close 4009"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);

        var close = await socket.ReceiveAsync(new byte[64], Cancel);

        Assert.Equal((WebSocketMessageType.Close, (WebSocketCloseStatus)4009, "session revoked"), (close.MessageType, close.CloseStatus, close.CloseStatusDescription));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task A_page_of_another_origin_opens_no_socket(string origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(SocketAddress(outside.Gateway), Cancel));

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_page_of_the_public_address_opens_one()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", GatewayHost.PublicAddress);
        await socket.ConnectAsync(SocketAddress(outside.Gateway), Cancel);

        Assert.Equal("hello", await EchoAsync(socket, "hello"));
    }

    [Fact]
    public async Task G6_sockets_are_bounded_in_number_and_a_closed_one_makes_room()
    {
        await using var gateway = outside.Start(("Gateway:MaxSockets", "1"));
        var first = await ConnectAsync(gateway);
        using var second = new ClientWebSocket();
        second.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => second.ConnectAsync(SocketAddress(gateway), Cancel));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, second.HttpStatusCode);

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        first.Dispose();
        using var third = await Eventually.GetAsync("a place for another socket", () => TryConnectAsync(gateway));
        Assert.Equal("hello", await EchoAsync(third, "hello"));
    }

    [Fact]
    public async Task A_socket_outlives_the_time_limit_of_requests_and_ends_at_its_own()
    {
        await using var gateway = outside.Start(("Gateway:UpstreamTimeout", "00:00:02"), ("Gateway:SocketIdleTimeout", "00:00:06"));
        var since = Stopwatch.StartNew();
        using var socket = await ConnectAsync(gateway);

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[64], Cancel));

        Assert.InRange(since.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task The_gateway_stops_within_five_seconds_though_sockets_and_requests_are_open()
    {
        var gateway = outside.Start();
        using var client = gateway.CreateClient();
        using var silent = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        silent.Headers.Add("Test-Silence", "1");
        var pending = client.SendAsync(silent, Cancel);
        List<ClientWebSocket> sockets = [];
        for (var i = 0; i < 5; i++)
        {
            sockets.Add(await ConnectAsync(gateway));
        }

        // What it is given for its requests to end, and a moment for itself.
        Assert.InRange(gateway.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromSeconds(4.5));
        var since = Stopwatch.StartNew();
        await gateway.DisposeAsync();

        Assert.True(since.Elapsed < StopLimit, $"It took {since.Elapsed}.");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => pending);
        foreach (var socket in sockets)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[64], Cancel));
            socket.Dispose();
        }
    }

    [Fact]
    public async Task Without_RabbitMQ_the_gateway_serves_says_so_and_stops_in_time()
    {
        var gateway = outside.Start(("ConnectionStrings:rabbitmq", $"amqp://nobody:nothing@127.0.0.1:{FreePort.Take()}"));
        using var client = gateway.CreateClient();

        using var health = await client.GetAsync("/health", Cancel);
        using var response = await client.GetAsync("/api/v1/servers", Cancel);
        var since = Stopwatch.StartNew();
        await gateway.DisposeAsync();

        Assert.Equal((System.Net.HttpStatusCode.OK, "Degraded"), (health.StatusCode, await health.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal("servers", (await response.ReceivedAsync()).Name);
        Assert.True(since.Elapsed < StopLimit, $"It took {since.Elapsed}.");
    }

    private static async Task<ClientWebSocket?> TryConnectAsync(RunningService<GatewayService> gateway)
    {
        try
        {
            return await ConnectAsync(gateway);
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningService<GatewayService> gateway)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(SocketAddress(gateway), Cancel);
        return socket;
    }

    private static async Task<string> EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);
        var buffer = new byte[256];
        var message = await socket.ReceiveAsync(buffer, Cancel);
        return Encoding.UTF8.GetString(buffer, 0, message.Count);
    }

    private static Uri SocketAddress(RunningService<GatewayService> gateway) => new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/ws" }.Uri;
}
