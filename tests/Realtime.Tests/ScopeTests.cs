using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Realtime.Tests;

/// <summary>Sockets of personal access tokens, which have scopes.</summary>
public sealed class ScopeTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Socket => new UriBuilder(world.A.Address) { Scheme = "ws", Path = "/ws" }.Uri;

    [Theory]
    [InlineData("messages:read", HttpStatusCode.Created)]
    [InlineData("messages:write", HttpStatusCode.Forbidden)]
    [InlineData("servers:read", HttpStatusCode.Forbidden)]
    public async Task A_ticket_takes_the_scope_to_read_messages(string scope, HttpStatusCode expected)
    {
        var (token, _) = await TokenAsync(await world.PersonAsync("script"), scope);
        using var client = world.A.CreateClient(token);

        using var answer = await client.PostAsync(new Uri("/api/v1/realtime/tickets", UriKind.Relative), null, Cancel);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.Forbidden)
            Assert.Equal("insufficient_scope", (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_token_that_may_read_opens_a_socket_by_itself_and_another_is_refused()
    {
        var person = await world.PersonAsync("script");
        var (reader, _) = await TokenAsync(person, "messages:read");
        var (writer, _) = await TokenAsync(person, "messages:write", "servers:read");

        using var socket = await RawSocket.OpenAsync(Socket, options => options.SetRequestHeader("Authorization", $"Bearer {reader}"));
        await socket.IdentifyAsync();

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => RawSocket.OpenAsync(Socket, options => options.SetRequestHeader("Authorization", $"Bearer {writer}")));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task G4_ending_the_token_closes_its_socket_and_no_other(bool byTicket)
    {
        var room = await world.RoomAsync();
        var (token, id) = await TokenAsync(room.Owner, "messages:read");
        using var other = await room.Owner.RawAsync();
        await other.IdentifyAsync();
        using var socket = byTicket
            ? await RawSocket.OpenAsync(Person.At(world.A, await TicketAsync(token)))
            : await RawSocket.OpenAsync(Socket, options => options.SetRequestHeader("Authorization", $"Bearer {token}"));
        await socket.IdentifyAsync();
        await socket.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await socket.ExpectAsync("subscribed");
        var unused = await TicketAsync(token);

        using var client = world.Identity.CreateClient(room.Owner.Account.Token);
        using var ended = await client.DeleteAsync(new Uri($"/api/v1/auth/tokens/{id}", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        await room.SayAsync("after");

        Assert.Equal(4009, await socket.CloseCodeAsync());
        using var late = await RawSocket.OpenAsync(Person.At(world.A, unused));
        await late.SendAsync(JsonSerializer.Serialize(new { t = "identify" }));
        Assert.Equal(4009, await late.CloseCodeAsync());
        await other.SendAsync(JsonSerializer.Serialize(new { t = "heartbeat" }));
        await other.ExpectAsync("heartbeat_ack");
    }

    [Fact]
    public async Task A_socket_shows_what_its_person_may_see_and_changes_nothing()
    {
        var room = await world.RoomAsync();
        var hidden = await world.RoomAsync();
        var (token, _) = await TokenAsync(room.Owner, "messages:read");
        using var socket = await RawSocket.OpenAsync(Person.At(world.B, await TicketAsync(token)));
        await socket.IdentifyAsync();

        await socket.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = hidden.Channel }));
        await socket.ExpectErrorAsync("channel_not_found");
        foreach (var type in new[] { "message.send", "typing", "presence", "call.signal" })
        {
            await socket.SendAsync(JsonSerializer.Serialize(new { t = type, channel = room.Channel, d = new { content = "hello", nonce = "n" } }));
            await socket.ExpectErrorAsync("unknown_type");
        }

        using var messages = world.Messaging.CreateClient(token);
        using var sent = await messages.PostAsJsonAsync($"/api/v1/channels/{room.Channel}/messages", new { content = "hello", nonce = "n" }, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, sent.StatusCode);
        using var history = await messages.GetAsync(new Uri($"/api/v1/channels/{room.Channel}/messages", UriKind.Relative), Cancel);
        Assert.Empty((await history.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("items").EnumerateArray());
    }

    /// <summary>A personal access token, exchanged as the gateway does, and its id.</summary>
    private async Task<(string Token, Guid Id)> TokenAsync(Person person, params string[] scopes)
    {
        using var client = world.Identity.CreateClient(person.Account.Token);
        using var made = await client.PostAsJsonAsync("/api/v1/auth/tokens", new { name = "script", scopes }, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var created = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        using var gateway = world.Identity.CreateClient(world.Identity.ServiceToken("identity"));
        using var exchanged = await gateway.PostAsJsonAsync("/internal/tokens/exchange", new { token = created.GetProperty("token").GetString() }, Cancel);
        Assert.Equal(HttpStatusCode.OK, exchanged.StatusCode);
        var access = (await exchanged.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("accessToken").GetString();
        return (access ?? "", created.GetProperty("id").GetGuid());
    }

    private async Task<string> TicketAsync(string token)
    {
        using var client = world.A.CreateClient(token);
        using var answer = await client.PostAsync(new Uri("/api/v1/realtime/tickets", UriKind.Relative), null, Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("ticket").GetString() ?? "";
    }
}
