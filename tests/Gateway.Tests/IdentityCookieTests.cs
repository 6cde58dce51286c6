namespace Chat.Gateway.Tests;

public sealed class IdentityCookieTests(OutsideFixture outside)
{
    private const string Session = "chat_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/v1/auth/login")]
    [InlineData("/api/v1/users/@me")]
    [InlineData("/api/v1/admin/accounts")]
    [InlineData("/oauth/authorize")]
    [InlineData("/.well-known/jwks.json")]
    public async Task Identity_gets_the_cookies_meant_for_it_and_no_others(string target)
    {
        var cookies = await CookiesReceivedAsync(target, $"a=1; {Session}; chat_device=CfDJ8-_x.~%2F=; chat_external=y;chat_external_github.C1=z; theme=dark");

        Assert.Equal("chat_device=CfDJ8-_x.~%2F=; chat_external=y; chat_external_github.C1=z", cookies);
    }

    [Theory]
    [InlineData("/api/v1/servers")]
    [InlineData("/api/v1/channels/1")]
    [InlineData("/api/v1/channels/1/messages")]
    [InlineData("/api/v1/friends")]
    [InlineData("/api/v1/realtime/tickets")]
    [InlineData("/ws")]
    public async Task No_other_service_gets_any(string target) =>
        Assert.Null(await CookiesReceivedAsync(target, $"{Session}; chat_device=a; chat_external=b"));

    [Theory]
    [InlineData(Session)]
    [InlineData("Chat_Device=a")]
    [InlineData("chat_devices=a; my_chat_device=a; chat_externa=a; my_chat_external=a")]
    [InlineData("chat_device; chat_external; =chat_device=a; ;;")]
    [InlineData("chat_device =a; chat_external =a; chat_external[]=a; chat_external,chat_session=a; \"chat_device\"=a")]
    [InlineData("chat_device=a,chat_session=b")]
    [InlineData("chat_device=a, chat_session=b")]
    [InlineData("chat_device=\"a\"")]
    [InlineData("chat_device=\"a; chat_session=b\"")]
    [InlineData("chat_device=a b")]
    [InlineData("chat_device=a\\b")]
    [InlineData("chat_device=a\tchat_session=b")]
    public async Task What_could_be_read_differently_is_left_out(string cookies) =>
        Assert.Null(await CookiesReceivedAsync("/api/v1/auth/login", cookies));

    [Fact]
    public async Task A_bad_cookie_takes_no_good_one_with_it() =>
        Assert.Equal("chat_device=a; chat_external=", await CookiesReceivedAsync("/api/v1/auth/login", "chat_external_x=\"; chat_device=a; chat_external_y=,; chat_external="));

    [Fact]
    public async Task Several_cookie_headers_become_one()
    {
        // The third is text beyond ASCII, in UTF-8.
        var (status, reply) = await RawHttp.SendAsync(
            outside.Gateway.Address,
            "GET /api/v1/users/@me HTTP/1.1\r\nHost: chat\r\nCookie: chat_device=a; b=1\r\nCookie: c=1; chat_external=d\r\nCookie: chat_external_x=\u00c3\u00a4\r\nConnection: close\r\n\r\n",
            Cancel);

        Assert.Equal(200, status);
        Assert.Contains("\"Cookie\":\"chat_device=a; chat_external=d\"", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_cookie_that_identity_sets_reaches_the_browser()
    {
        const string Device = "chat_device=a; max-age=31536000; path=/; secure; samesite=lax; httponly";
        const string Ended = "chat_external_x=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/auth/external/x");
        request.Headers.TryAddWithoutValidation($"{OutsideServer.Reply}Set-Cookie", $"{Device}|{Ended}");

        using var response = await outside.Client.SendAsync(request, Cancel);

        Assert.Equal([Device, Ended], response.Headers.GetValues("Set-Cookie"));
    }

    /// <summary>What identity or another service saw of these cookies. The header of another scheme keeps the gateway from exchanging the session's.</summary>
    private async Task<string?> CookiesReceivedAsync(string target, string cookies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        request.Headers.TryAddWithoutValidation("Authorization", "Basic eA==");
        using var response = await outside.Client.SendAsync(request, Cancel);
        return (await response.ReceivedAsync()).Headers.GetValueOrDefault("Cookie");
    }
}
