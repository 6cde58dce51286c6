using System.Diagnostics;
using System.Net;

namespace Chat.Gateway.Tests;

public sealed class HeaderTests(OutsideFixture outside)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_client_claims_about_its_origin_is_replaced()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        request.Headers.Add("X-Forwarded-For", "1.2.3.4");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Prefix", "/evil");
        request.Headers.Add("X-Forwarded-Server", "evil");
        request.Headers.Add("Forwarded", "for=1.2.3.4");
        request.Headers.Add("X-Real-IP", "1.2.3.4");
        request.Headers.Add("X-Original-URL", "/internal");
        request.Headers.Add("X-Rewrite-URL", "/internal");
        request.Headers.Add("X-HTTP-Method-Override", "DELETE");
        request.Headers.Add("x-chat-internal-user", "1");
        request.Headers.Add("X-Chat-Client", "test");
        request.Headers.Host = "chat.example";

        using var response = await outside.Client.SendAsync(request, Cancel);

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.Equal("127.0.0.1", headers["X-Forwarded-For"]);
        Assert.Equal("http", headers["X-Forwarded-Proto"]);
        Assert.Equal("chat.example", headers["X-Forwarded-Host"]);
        Assert.Equal("test", headers["X-Chat-Client"]);
        Assert.All(
            ["X-Forwarded-Prefix", "X-Forwarded-Server", "Forwarded", "X-Real-IP", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Chat-Internal-User"],
            name => Assert.DoesNotContain(name, headers));
    }

    [Fact]
    public async Task A_configured_proxy_in_front_is_believed()
    {
        await using var gateway = outside.Start(("Gateway:TrustedProxies:0", "127.0.0.0/8"));
        using var client = gateway.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("X-Forwarded-Proto", "https");

        using var response = await client.SendAsync(request, Cancel);

        Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
        var headers = (await response.ReceivedAsync()).Headers;
        Assert.Equal("203.0.113.7", headers["X-Forwarded-For"]);
        Assert.Equal("https", headers["X-Forwarded-Proto"]);
    }

    [Fact]
    public async Task Cookies_stay_at_the_door_and_a_bearer_of_ones_own_goes_through()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/servers");
        request.Headers.Add("Cookie", "chat_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; other=1");
        request.Headers.Add("Authorization", "Bearer mine");

        using var response = await outside.Client.SendAsync(request, Cancel);

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.DoesNotContain("Cookie", headers);
        Assert.Equal("Bearer mine", headers["Authorization"]);
    }

    [Theory]
    [InlineData("chat_session=")]
    [InlineData("chat_session=short")]
    [InlineData("chat_session=\"quoted\"; chat_session=%00")]
    [InlineData("chat_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    [InlineData("other=1")]
    public async Task A_cookie_that_cannot_be_a_session_counts_as_none(string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        request.Headers.TryAddWithoutValidation("Cookie", cookie);

        using var response = await outside.Client.SendAsync(request, Cancel);

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.DoesNotContain("Cookie", headers);
        Assert.DoesNotContain("Authorization", headers);
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/alive", 200)]
    [InlineData("/nothing", 404)]
    [InlineData("/api/v1/servers/a%2Fb", 404)]
    [InlineData("/api/v1/servers", 200)]
    public async Task Every_reply_tells_browsers_to_be_strict(string target, int status)
    {
        using var response = await outside.Client.GetAsync(target, Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        var headers = response.Headers;
        Assert.Contains("frame-ancestors 'none'", Assert.Single(headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", Assert.Single(headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.Equal("same-origin", Assert.Single(headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.True(headers.Contains("Referrer-Policy"));
        Assert.True(headers.Contains("Permissions-Policy"));
        Assert.True(headers.CacheControl?.NoStore);
        Assert.All(["Server", "X-Powered-By", "Strict-Transport-Security", "Access-Control-Allow-Origin"], name => Assert.False(headers.Contains(name), name));
    }

    [Fact]
    public async Task G12_a_trace_goes_on_through_the_gateway()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/servers");
        request.Headers.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");

        using var response = await outside.Client.SendAsync(request, Cancel);

        var traceparent = (await response.ReceivedAsync()).Headers["traceparent"].Split('-');
        Assert.Equal(Trace, traceparent[1]);
        Assert.NotEqual("00f067aa0ba902b7", traceparent[2]);
    }

    [Fact]
    public async Task Hop_by_hop_headers_end_here()
    {
        var (status, reply) = await RawHttp.SendAsync(
            outside.Gateway.Address,
            "GET /api/v1/servers HTTP/1.1\r\nHost: chat\r\nConnection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\n\r\n",
            Cancel);

        Assert.Equal((int)HttpStatusCode.OK, status);
        Assert.All(["Keep-Alive", "Proxy-Authorization", "h2c"], name => Assert.DoesNotContain(name, reply, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Too_many_or_too_large_headers_are_refused()
    {
        var large = await RawHttp.SendAsync(outside.Gateway.Address, $"GET /api/v1/servers HTTP/1.1\r\nHost: chat\r\nX: {new string('a', 20_000)}\r\n\r\n", Cancel);
        var many = await RawHttp.SendAsync(
            outside.Gateway.Address, $"GET /api/v1/servers HTTP/1.1\r\nHost: chat\r\n{string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: 1\r\n"))}\r\n", Cancel);
        var line = await RawHttp.SendAsync(outside.Gateway.Address, $"GET /api/v1/servers?{new string('a', 10_000)} HTTP/1.1\r\nHost: chat\r\n\r\n", Cancel);

        Assert.Equal((431, 431, 414), (large.Status, many.Status, line.Status));
    }
}
