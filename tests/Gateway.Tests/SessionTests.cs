using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Gateway.Tests;

public sealed class SessionTests(IdentityFixture fixture) : IClassFixture<IdentityFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signing_in_gives_a_cookie_that_scripts_cannot_read_and_other_sites_cannot_send()
    {
        var alice = await fixture.SignInAsync("alice");

        Assert.All(["httponly", "samesite=lax", "path=/", "secure"], attribute => Assert.Contains(attribute, alice.SetCookie, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(alice.Username, await WhoAsync(fixture.First, alice));
        Assert.Equal(alice.Username, await WhoAsync(fixture.Second, alice));
    }

    [Fact]
    public async Task Services_see_a_bearer_and_never_the_cookie()
    {
        var alice = await fixture.SignInAsync("alice");

        using var response = await SendAsync(fixture.First, HttpMethod.Get, "/api/v1/servers", alice);

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.StartsWith("Bearer ey", headers["Authorization"], StringComparison.Ordinal);
        Assert.DoesNotContain("Cookie", headers);
        Assert.All(headers.Values, value => Assert.DoesNotContain(alice.Cookie["chat_session=".Length..], value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task G4_after_signing_out_the_same_cookie_is_refused_at_once_on_every_gateway()
    {
        var alice = await fixture.SignInAsync("alice");
        await WhoAsync(fixture.First, alice);
        await WhoAsync(fixture.Second, alice);

        using var logout = await SendAsync(fixture.First, HttpMethod.Post, "/api/v1/auth/logout", alice);
        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);

        await Task.WhenAll(RefusedAsync(fixture.First, alice), RefusedAsync(fixture.Second, alice));
        using var forgotten = await SendAsync(fixture.First, HttpMethod.Get, "/api/v1/servers", alice);
        Assert.DoesNotContain("Authorization", (await forgotten.ReceivedAsync()).Headers);
    }

    [Fact]
    public async Task G4_a_session_ended_from_another_one_is_refused_and_forgotten_by_every_gateway()
    {
        var laptop = await fixture.SignInAsync("alice");
        var phone = await fixture.SignInAgainAsync(laptop.Username);
        await WhoAsync(fixture.First, phone);
        await WhoAsync(fixture.Second, phone);

        using var ended = await SendAsync(fixture.First, HttpMethod.Delete, $"/api/v1/auth/sessions/{phone.Session}", laptop);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);

        // The outside server accepts anything, so that only the gateways' own memory can leave the bearer out.
        foreach (var gateway in new[] { fixture.First, fixture.Second })
        {
            await Eventually.HoldsAsync("the gateway to forget the ended session", async () =>
            {
                using var response = await SendAsync(gateway, HttpMethod.Get, "/api/v1/servers", phone);
                return !(await response.ReceivedAsync()).Headers.ContainsKey("Authorization");
            });
            await RefusedAsync(gateway, phone);
        }

        Assert.Equal(laptop.Username, await WhoAsync(fixture.Second, laptop));
    }

    [Fact]
    public async Task Signing_out_needs_the_client_header_and_an_allowed_origin()
    {
        var alice = await fixture.SignInAsync("alice");
        using var bare = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/logout");
        bare.Headers.Add("Cookie", alice.Cookie);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/logout");
        foreign.Headers.Add("Cookie", alice.Cookie);
        foreign.Headers.Add("X-Chat-Client", "test");
        foreign.Headers.Add("Origin", "https://evil.example");

        using var first = await fixture.First.SendAsync(bare, Cancel);
        using var second = await fixture.First.SendAsync(foreign, Cancel);

        await first.ShouldBeProblemAsync(403, "client_header_required");
        await second.ShouldBeProblemAsync(403, "origin_not_allowed");
        Assert.Equal(alice.Username, await WhoAsync(fixture.First, alice));
    }

    [Fact]
    public async Task An_unknown_cookie_is_nobody_and_may_still_sign_in()
    {
        var alice = await fixture.SignInAsync("alice");
        var stale = alice with { Cookie = $"chat_session={new string('A', 43)}" };

        await RefusedAsync(fixture.First, stale);
        using var keys = await SendAsync(fixture.First, HttpMethod.Get, "/.well-known/jwks.json", stale);
        using var login = await SendAsync(fixture.First, HttpMethod.Post, "/api/v1/auth/login", stale, JsonContent.Create(new { login = alice.Username, password = Accounts.Password }));

        Assert.Equal(HttpStatusCode.OK, keys.StatusCode);
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
    }

    [Fact]
    public async Task A_browser_that_has_signed_in_before_is_known_again()
    {
        var alice = await fixture.SignInAsync("alice");
        var credentials = new { login = alice.Username, password = Accounts.Password };
        using var first = await fixture.First.PostAsJsonAsync("/api/v1/auth/login", credentials, Cancel);
        var device = Assert.Single(first.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("chat_device=", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/login") { Content = JsonContent.Create(credentials) };
        request.Headers.Add("Cookie", $"theme=dark; {device.Split(';')[0]}");

        using var again = await fixture.Second.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.StartsWith("chat_session=", Assert.Single(again.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Internal_routes_of_identity_are_not_reachable()
    {
        using var exchange = await fixture.First.PostAsJsonAsync("/internal/sessions/exchange", new { cookie = "x" }, Cancel);
        using var status = await fixture.First.GetAsync("/api/v1/auth/%252e%252e/%252e%252e/%252e%252e/internal/sessions/1", Cancel);

        await exchange.ShouldBeProblemAsync(404, "not_found");
        await status.ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task G5_while_identity_is_away_nobody_is_signed_out_and_all_is_well_when_it_is_back()
    {
        var known = await fixture.SignInAsync("alice");
        var unknown = await fixture.SignInAsync("bob");
        // More than once: what crosses with the end of any session, another test's, is not kept.
        for (var i = 0; i < 3; i++)
            await WhoAsync(fixture.Second, known);
        await fixture.StopIdentityAsync();
        try
        {
            using var asked = await SendAsync(fixture.Second, HttpMethod.Get, "/api/v1/servers", unknown);
            await asked.ShouldBeProblemAsync(503, "service_unavailable");
            Assert.NotNull(asked.Headers.RetryAfter);

            using var remembered = await SendAsync(fixture.Second, HttpMethod.Get, "/api/v1/servers", known);
            Assert.Contains("Authorization", (await remembered.ReceivedAsync()).Headers);
        }
        finally
        {
            fixture.StartIdentityAgain();
        }

        // It answers before it has found its own stores.
        await Eventually.HoldsAsync("identity to be asked again", async () =>
        {
            using var answer = await SendAsync(fixture.Second, HttpMethod.Get, "/api/v1/users/@me", unknown);
            Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
            return answer.StatusCode is HttpStatusCode.OK;
        });
        Assert.Equal(unknown.Username, await WhoAsync(fixture.Second, unknown));
        Assert.Equal(known.Username, await WhoAsync(fixture.First, known));
    }

    private static async Task<string?> WhoAsync(HttpClient gateway, SignedIn person)
    {
        using var response = await SendAsync(gateway, HttpMethod.Get, "/api/v1/users/@me", person);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("username").GetString();
    }

    private static async Task RefusedAsync(HttpClient gateway, SignedIn person)
    {
        using var response = await SendAsync(gateway, HttpMethod.Get, "/api/v1/users/@me", person);
        await response.ShouldBeProblemAsync(401, "unauthenticated");
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient gateway, HttpMethod method, string target, SignedIn person, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, target) { Content = content };
        request.Headers.Add("Cookie", person.Cookie);
        request.Headers.Add("X-Chat-Client", "test");
        return await gateway.SendAsync(request, Cancel);
    }
}
