using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Chat.AppHost.Tests;

/// <summary>Garbage, oversized and half-open frames through the gateway cost their sender the socket and nobody else anything.</summary>
[Collection(SystemCollection.Name)]
public sealed class FrameTests(RunningSystem system)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task G6_G11_hostile_frames_before_and_after_identify_harm_only_their_sender(bool identified)
    {
        using var bystander = await system.SignUpAsync("bystander");
        using var hostile = await system.SignUpAsync("hostile");
        var (_, channel) = await RunningSystem.CreateServerAsync(bystander);
        await using var reading = await SocketReading.StartAsync(bystander, channel);
        var before = (await system.ProcessesAsync("realtime")).Concat(await system.ProcessesAsync("gateway")).Select(process => process.Process).Order().ToList();

        foreach (var attack in Attacks())
        {
            using var socket = await OpenAsync(hostile, identified);
            await attack.Run(socket);
            var outcome = await ErrorOrCloseAsync(socket);
            Assert.True(outcome is not null, $"{attack.Name}: neither an error frame nor a close came");
        }

        await bystander.SendAsync(channel, "unharmed", cancel: Cancellation);
        await reading.WaitForAsync("unharmed", Soon);
        Assert.Equal(1, reading.Socket.Connections);
        reading.AssertNoViolation();
        var after = (await system.ProcessesAsync("realtime")).Concat(await system.ProcessesAsync("gateway")).Select(process => process.Process).Order().ToList();
        Assert.Equal(before, after);
    }

    [Fact]
    public async Task Half_open_connections_and_broken_upgrades_harm_nobody()
    {
        using var bystander = await system.SignUpAsync("bystander");
        var (_, channel) = await RunningSystem.CreateServerAsync(bystander);
        await using var reading = await SocketReading.StartAsync(bystander, channel);

        var halfOpen = new List<TcpClient>();
        foreach (var bytes in new[]
        {
            "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            "\u0000\u0001\u0002 not http at all\r\n\r\n",
        })
        {
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, system.Gateway.Port, Cancellation);
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes), Cancellation);
            halfOpen.Add(client);
        }

        await bystander.SendAsync(channel, "unharmed", cancel: Cancellation);
        await reading.WaitForAsync("unharmed", Soon);
        halfOpen.ForEach(client => client.Dispose());
    }

    private static IEnumerable<(string Name, Func<ClientWebSocket, Task> Run)> Attacks()
    {
        yield return ("not JSON", socket => SendAsync(socket, "this is not JSON"));
        yield return ("an array", socket => SendAsync(socket, "[1,2,3]"));
        yield return ("null", socket => SendAsync(socket, "null"));
        yield return ("a type that is a number", socket => SendAsync(socket, """{"t":5}"""));
        yield return ("an unknown type", socket => SendAsync(socket, """{"t":"nonsense"}"""));
        yield return ("a channel that is not an id", socket => SendAsync(socket, """{"t":"subscribe","channel":{"a":1},"rev":"x"}"""));
        yield return ("deep nesting", socket => SendAsync(socket, new string('[', 2000)));
        yield return ("1 MiB of text", socket => SendAsync(socket, new string('x', 1024 * 1024)));
        yield return ("a binary frame", socket => socket.SendAsync(new byte[] { 1, 2, 3 }, WebSocketMessageType.Binary, true, Cancellation));
        yield return ("invalid UTF-8", socket => socket.SendAsync(new byte[] { 0x7B, 0xFF, 0xFE }, WebSocketMessageType.Text, true, Cancellation));
    }

    private static async Task SendAsync(ClientWebSocket socket, string text)
    {
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancellation);
        }
        catch (WebSocketException)
        {
            // Closed while still sending: the refusal came early.
        }
    }

    private static async Task<ClientWebSocket> OpenAsync(ChatClient person, bool identified)
    {
        var ticket = await person.TicketAsync(Cancellation);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(ticket.Url, Cancellation);
        if (identified)
        {
            await SendAsync(socket, """{"t":"identify","d":{}}""");
            while (!(await ReceiveAsync(socket) ?? throw new InvalidOperationException("closed before ready")).Contains("\"ready\"", StringComparison.Ordinal))
            {
            }
        }

        return socket;
    }

    private static async Task<string?> ErrorOrCloseAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Soon);
        while (!limit.IsCancellationRequested)
        {
            if (await ReceiveAsync(socket) is not { } text)
            {
                return "closed";
            }

            if (text.Contains("\"error\"", StringComparison.Ordinal))
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>The next text message, or null when the socket was closed.</summary>
    private static async Task<string?> ReceiveAsync(ClientWebSocket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Soon);
        var buffer = new byte[64 * 1024];
        try
        {
            var result = await socket.ReceiveAsync(buffer, limit.Token);
            return result.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, result.Count);
        }
        catch (WebSocketException)
        {
            return null;
        }
    }
}
