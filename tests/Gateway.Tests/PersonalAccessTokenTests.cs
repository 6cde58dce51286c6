using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace Chat.Gateway.Tests;

public sealed class PersonalAccessTokenTests(IdentityFixture fixture) : IClassFixture<IdentityFixture>
{
    private static readonly string Unknown = $"chat_pat_{new string('A', 43)}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_script_acts_as_its_owner_without_a_cookie_or_a_client_header()
    {
        var (alice, _, token) = await AliceAsync();

        using var me = await SendAsync(fixture.First, "GET", "/api/v1/users/@me", $"Bearer {token}");
        using var lowercase = await SendAsync(fixture.Second, "GET", "/api/v1/users/@me", $"bearer {token}");
        using var change = await SendAsync(fixture.First, "POST", "/api/v1/servers", $"Bearer {token}");

        Assert.Equal(alice.Username, await UsernameAsync(me));
        Assert.Equal(alice.Username, await UsernameAsync(lowercase));
        Assert.Equal("POST", (await change.ReceivedAsync()).Method);
    }

    [Theory]
    [InlineData("/api/v1/servers")]
    [InlineData("/api/v1/channels/1/messages")]
    [InlineData("/api/v1/friends")]
    [InlineData("/api/v1/realtime/tickets")]
    public async Task Services_see_an_access_token_and_never_the_personal_one(string target)
    {
        var (alice, _, token) = await AliceAsync();

        using var response = await SendAsync(fixture.First, "GET", target, $"Bearer {token}", ("Cookie", alice.Cookie));

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.StartsWith("Bearer ey", headers["Authorization"], StringComparison.Ordinal);
        Assert.All(headers.Values, value => Assert.DoesNotContain("chat_pat_", value, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task It_stands_before_a_cookie_that_came_with_it()
    {
        var (alice, _, token) = await AliceAsync();
        var bob = await fixture.SignInAsync("bob");

        using var response = await SendAsync(fixture.First, "GET", "/api/v1/users/@me", $"Bearer {token}", ("Cookie", bob.Cookie));

        Assert.Equal(alice.Username, await UsernameAsync(response));
    }

    [Fact]
    public async Task The_text_of_one_is_no_session_cookie()
    {
        var (_, _, token) = await AliceAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/@me") { Headers = { { "Cookie", $"chat_session={token}" } } };
        using var response = await fixture.First.SendAsync(request, Cancel);

        await response.ShouldBeProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_bot_opens_a_socket_with_one()
    {
        var (_, _, token) = await AliceAsync();
        using var known = new ClientWebSocket();
        known.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        using var unknown = new ClientWebSocket();
        unknown.Options.SetRequestHeader("Authorization", $"Bearer {Unknown}");
        unknown.Options.CollectHttpResponseDetails = true;
        var address = new UriBuilder(fixture.First.BaseAddress!) { Scheme = "ws", Path = "/ws" }.Uri;

        await known.ConnectAsync(address, Cancel);
        await Assert.ThrowsAsync<WebSocketException>(() => unknown.ConnectAsync(address, Cancel));

        Assert.Equal(WebSocketState.Open, known.State);
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.HttpStatusCode);
    }

    [Fact]
    public async Task G4_a_withdrawn_one_is_refused_and_forgotten_by_every_gateway()
    {
        var (alice, id, token) = await AliceAsync();
        foreach (var gateway in new[] { fixture.First, fixture.Second })
        {
            using var before = await SendAsync(gateway, "GET", "/api/v1/servers", $"Bearer {token}");
            Assert.True(before.IsSuccessStatusCode);
        }

        using var withdrawn = await SendWithCookieAsync(HttpMethod.Delete, $"/api/v1/auth/tokens/{id}", alice);
        Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);

        // Identity refuses at once. The outside server would not, so that only the gateways' own memory can.
        foreach (var gateway in new[] { fixture.First, fixture.Second })
        {
            await Eventually.HoldsAsync("the gateway to forget the withdrawn token", async () =>
            {
                using var response = await SendAsync(gateway, "GET", "/api/v1/servers", $"Bearer {token}");
                return response.StatusCode is HttpStatusCode.Unauthorized;
            });
            using var refused = await SendAsync(gateway, "GET", "/api/v1/users/@me", $"Bearer {token}");
            await refused.ShouldBeProblemAsync(401, "unauthenticated");
        }

        using var browser = await SendWithCookieAsync(HttpMethod.Get, "/api/v1/users/@me", alice);
        Assert.Equal(alice.Username, await UsernameAsync(browser));
    }

    [Theory]
    [InlineData("GET", "/api/v1/users/@me")]
    [InlineData("GET", "/api/v1/servers")]
    [InlineData("POST", "/api/v1/channels/1/messages")]
    [InlineData("DELETE", "/api/v1/channels/1")]
    [InlineData("GET", "/.well-known/jwks.json")]
    [InlineData("POST", "/api/v1/auth/login")]
    [InlineData("GET", "/ws")]
    public async Task An_unknown_one_is_refused_at_the_door(string method, string target)
    {
        // The outside server behind all but identity accepts anything, so that a refusal is the gateway's.
        using var response = await SendAsync(fixture.First, method, target, $"Bearer {Unknown}");

        await response.ShouldBeProblemAsync(401, "unauthenticated");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_cookie_does_not_stand_in_for_an_unknown_one()
    {
        var alice = await fixture.SignInAsync("alice");

        using var response = await SendAsync(fixture.First, "GET", "/api/v1/users/@me", $"Bearer {Unknown}", ("Cookie", alice.Cookie));

        await response.ShouldBeProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task G5_while_identity_is_away_nobody_is_refused_for_good()
    {
        var (alice, _, token) = await AliceAsync();
        using var known = await SendAsync(fixture.Second, "GET", "/api/v1/users/@me", $"Bearer {token}");
        await fixture.StopIdentityAsync();
        try
        {
            using var remembered = await SendAsync(fixture.Second, "GET", "/api/v1/servers", $"Bearer {token}");
            Assert.StartsWith("Bearer ey", (await remembered.ReceivedAsync()).Headers["Authorization"], StringComparison.Ordinal);
            using var response = await SendAsync(fixture.Second, "GET", "/api/v1/servers", $"Bearer {Unknown}B");
            await response.ShouldBeProblemAsync(503, "service_unavailable");
            Assert.NotNull(response.Headers.RetryAfter);
        }
        finally
        {
            fixture.StartIdentityAgain();
        }

        // It answers before it has found its own stores.
        await Eventually.HoldsAsync("identity to be asked again", async () =>
        {
            using var answer = await SendAsync(fixture.First, "GET", "/api/v1/users/@me", $"Bearer {token}");
            Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
            return answer.StatusCode is HttpStatusCode.OK;
        });
        using var back = await SendAsync(fixture.First, "GET", "/api/v1/users/@me", $"Bearer {token}");
        using var again = await SendAsync(fixture.Second, "GET", "/api/v1/servers", $"Bearer {Unknown}B");
        Assert.Equal((alice.Username, alice.Username), (await UsernameAsync(known), await UsernameAsync(back)));
        await again.ShouldBeProblemAsync(401, "unauthenticated");
    }

    /// <summary>Somebody with a token for everything.</summary>
    private async Task<(SignedIn Alice, Guid Id, string Token)> AliceAsync()
    {
        var alice = await fixture.SignInAsync("alice");
        using var response = await SendWithCookieAsync(
            HttpMethod.Post, "/api/v1/auth/tokens", alice, new { name = "a script", scopes = new[] { "account:read", "servers:read", "servers:write", "messages:read" } });
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode is HttpStatusCode.Created, text);
        var made = JsonDocument.Parse(text).RootElement;
        return (alice, made.GetProperty("id").GetGuid(), made.GetProperty("token").GetString() ?? "");
    }

    private static async Task<string?> UsernameAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("username").GetString();
    }

    private async Task<HttpResponseMessage> SendWithCookieAsync(HttpMethod method, string target, SignedIn person, object? body = null)
    {
        using var request = new HttpRequestMessage(method, target) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Cookie", person.Cookie);
        request.Headers.Add("X-Chat-Client", "test");
        return await fixture.First.SendAsync(request, Cancel);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient gateway, string method, string target, string authorization, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await gateway.SendAsync(request, Cancel);
    }
}
