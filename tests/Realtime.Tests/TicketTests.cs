using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Chat.Stores;
using StackExchange.Redis;

namespace Chat.Realtime.Tests;

public sealed class TicketTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ticket_points_to_the_public_address_and_says_when_it_ends()
    {
        var person = await world.PersonAsync("person");

        var before = DateTimeOffset.UtcNow;
        var ticket = await person.Rest.TicketAsync(Cancel);
        var after = DateTimeOffset.UtcNow;

        Assert.Equal($"ws://chat.test:8080/ws?ticket={ticket.Ticket}", ticket.Url.ToString());
        // Times are in whole milliseconds.
        Assert.InRange(ticket.ExpiresAt, before + TimeSpan.FromSeconds(29.9), after + TimeSpan.FromSeconds(30.1));
    }

    [Fact]
    public async Task A_ticket_opens_one_socket()
    {
        var person = await world.PersonAsync("person");
        var ticket = await person.Rest.TicketAsync(Cancel);

        var sockets = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RawSocket.OpenAsync(Person.At(i % 2 == 0 ? world.A : world.B, ticket.Ticket))));
        var first = await Task.WhenAll(sockets.Select(async socket => (await socket.NextAsync())?.GetProperty("t").GetString()));

        Assert.Single(first, "hello");
        Assert.Equal(5, first.Count(type => type == "error"));
        foreach (var (socket, type) in sockets.Zip(first))
        {
            if (type == "error")
                Assert.Equal(4001, await socket.CloseCodeAsync());
            socket.Dispose();
        }
    }

    [Fact]
    public async Task An_expired_ticket_opens_nothing()
    {
        var person = await world.PersonAsync("person");
        var ticket = await person.Rest.TicketAsync(Cancel);
        using var redis = await ConnectionMultiplexer.ConnectAsync(world.Redis);
        var key = (RedisKey)("realtime:ticket:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket.Ticket))));
        var left = await redis.AskAsync(store => store.KeyTimeToLiveAsync(key));
        Assert.InRange(left ?? TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        await redis.AskAsync(store => store.KeyExpireAsync(key, TimeSpan.FromMilliseconds(1)));
        await Eventually.HoldsAsync("the ticket expires", async () => !await redis.AskAsync(store => store.KeyExistsAsync(key)));

        using var socket = await RawSocket.OpenAsync(Person.At(world.A, ticket.Ticket));

        await socket.ExpectErrorAsync("ticket_invalid");
        Assert.Equal(4001, await socket.CloseCodeAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("%00%ff*")]
    public async Task A_forged_ticket_opens_nothing(string ticket)
    {
        using var socket = await RawSocket.OpenAsync(Person.At(world.A, ticket));

        await socket.ExpectErrorAsync("ticket_invalid");
        Assert.Equal(4001, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task A_bearer_token_opens_a_socket_and_a_forged_one_does_not()
    {
        var person = await world.PersonAsync("bot");
        var url = new UriBuilder(world.A.Address) { Scheme = "ws", Path = "/ws" }.Uri;

        using var good = await RawSocket.OpenAsync(url, options => options.SetRequestHeader("Authorization", $"Bearer {person.Account.Token}"));
        await good.IdentifyAsync();
        using var bad = await RawSocket.OpenAsync(url, options => options.SetRequestHeader("Authorization", $"Bearer {person.Account.Token[..^6]}AAAAAA"));

        Assert.Equal(4001, await bad.CloseCodeAsync());
    }

    [Fact]
    public async Task Tickets_need_a_signed_in_user()
    {
        using var client = world.A.CreateClient();

        using var answer = await client.PostAsync(new Uri("/api/v1/realtime/tickets", UriKind.Relative), null, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(new MediaTypeHeaderValue("application/problem+json"), answer.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("http://chat.test:8081", false)]
    [InlineData("null", false)]
    [InlineData(World.Issuer, true)]
    public async Task Only_our_own_pages_may_open_sockets(string origin, bool allowed)
    {
        var person = await world.PersonAsync("person");
        var ticket = await person.Rest.TicketAsync(Cancel);
        var opening = RawSocket.OpenAsync(Person.At(world.A, ticket.Ticket), options => options.SetRequestHeader("Origin", origin));

        if (allowed)
            (await (await opening).IdentifyAsync()).Dispose();
        else
            Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => opening)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_request_to_the_socket_is_told_to_upgrade()
    {
        using var client = world.A.CreateClient();

        using var answer = await client.GetAsync(new Uri("/ws", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
        Assert.Contains("upgrade_required", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}
