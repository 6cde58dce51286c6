using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Chat.Client;

namespace Chat.Gateway.Tests;

/// <summary>Stories through the gateway with every real service behind it.</summary>
public sealed class SystemTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_meet_and_talk()
    {
        using var alice = await fixture.SignUpAsync("alice");
        using var bob = await fixture.SignUpAsync("bob");
        var (server, channel) = await MeetAsync(alice, bob);
        await using var socket = bob.CreateSocket();
        await socket.ConnectAsync(Cancel);
        await socket.SubscribeAsync(channel, cancel: Cancel);

        var sent = await alice.SendAsync(channel, "Good evening!", cancel: Cancel);

        var heard = await NextAsync<ChannelEventFrame>(socket);
        Assert.Equal((channel, sent.Rev, "Good evening!"), (heard.Channel, heard.Rev, heard.Data.GetProperty("content").GetString()));
        Assert.Equal("Good evening!", Assert.Single((await bob.HistoryAsync(channel, cancel: Cancel)).Items).Content);
        Assert.Contains(await bob.ChannelsAsync(server, Cancel), seen => seen.Id == channel);
    }

    [Fact]
    public async Task G4_signing_out_closes_open_sockets_and_the_close_code_comes_through()
    {
        using var alice = await fixture.SignUpAsync("alice");
        await using var socket = alice.CreateSocket();
        await socket.ConnectAsync(Cancel);

        await alice.LogoutAsync(Cancel);

        Assert.Equal(4009, (await NextAsync<DisconnectedFrame>(socket)).Code);
        Assert.Equal("unauthenticated", (await Assert.ThrowsAsync<ChatApiException>(() => alice.MeAsync(Cancel))).Code);
    }

    [Fact]
    public async Task A_browser_opens_a_socket_with_its_cookie_alone()
    {
        using var jar = new CookieJar();
        using var alice = await fixture.SignUpAsync("alice", jar);
        var me = await alice.MeAsync(Cancel);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", jar.Cookies.GetCookieHeader(fixture.Address));
        socket.Options.SetRequestHeader("Origin", fixture.Address.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new UriBuilder(fixture.Address) { Scheme = "ws", Path = "/ws" }.Uri, Cancel);

        Assert.Equal("hello", (await ReadAsync(socket)).GetProperty("t").GetString());
        await socket.SendAsync("""{"t":"identify","d":{}}"""u8.ToArray(), WebSocketMessageType.Text, true, Cancel);

        var ready = await ReadAsync(socket);
        Assert.Equal("ready", ready.GetProperty("t").GetString());
        Assert.Equal(me.Id, ready.GetProperty("d").GetProperty("user").GetProperty("id").GetGuid());
        await alice.LogoutAsync(Cancel);
        Assert.Equal((WebSocketCloseStatus)4009, await ClosedAsync(socket));
    }

    [Fact]
    public async Task G5_a_socket_survives_a_restart_of_realtime_and_misses_nothing()
    {
        using var alice = await fixture.SignUpAsync("alice");
        using var bob = await fixture.SignUpAsync("bob");
        var (_, channel) = await MeetAsync(alice, bob);
        await using var socket = bob.CreateSocket();
        await socket.ConnectAsync(Cancel);
        await socket.SubscribeAsync(channel, cancel: Cancel);
        var first = await alice.SendAsync(channel, "before", cancel: Cancel);
        Assert.Equal(first.Rev, (await NextAsync<ChannelEventFrame>(socket)).Rev);

        var restart = fixture.RestartRealtimeAsync();
        var second = await alice.SendAsync(channel, "meanwhile", cancel: Cancel);
        await restart;
        var third = await alice.SendAsync(channel, "after", cancel: Cancel);

        Assert.Equal(second.Rev, (await NextAsync<ChannelEventFrame>(socket)).Rev);
        Assert.Equal(third.Rev, (await NextAsync<ChannelEventFrame>(socket)).Rev);
        Assert.Empty(socket.Violations);
    }

    private static async Task<(Guid Server, Guid Channel)> MeetAsync(ChatClient host, ChatClient guest)
    {
        var server = await host.CreateServerAsync("A place", Cancel);
        var invite = await host.CreateInviteAsync(server.Id, cancel: Cancel);
        await guest.AcceptInviteAsync(invite.Code, Cancel);
        // Not the first channel: newcomers are greeted there.
        return (server.Id, (await host.CreateChannelAsync(server.Id, "place", cancel: Cancel)).Id);
    }

    private static async Task<T> NextAsync<T>(ChatSocket socket) where T : SocketFrame
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        timeout.CancelAfter(Patience);
        await foreach (var frame in socket.ReadAllAsync(timeout.Token))
        {
            if (frame is T wanted)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException($"The socket ended without a {typeof(T).Name}.");
    }

    private static async Task<JsonElement> ReadAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var message = await socket.ReceiveAsync(buffer, Cancel);
        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer, 0, message.Count)).RootElement;
    }

    private static async Task<WebSocketCloseStatus?> ClosedAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        while ((await socket.ReceiveAsync(buffer, Cancel)).MessageType is not WebSocketMessageType.Close)
        {
            Assert.Equal(WebSocketState.Open, socket.State);
        }

        return socket.CloseStatus;
    }
}
