namespace Chat.Gateway.Tests;

public sealed class RouteTests(OutsideFixture outside)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/.well-known/openid-configuration", "identity")]
    [InlineData("/.well-known/jwks.json", "identity")]
    [InlineData("/api/v1/auth/login", "identity")]
    [InlineData("/api/v1/auth/sessions/1", "identity")]
    [InlineData("/api/v1/users/@me", "identity")]
    [InlineData("/api/v1/admin/accounts?limit=1", "identity")]
    [InlineData("/oauth/authorize?response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fback", "identity")]
    [InlineData("/oauth/consent.css", "identity")]
    [InlineData("/api/v1/servers", "servers")]
    [InlineData("/api/v1/servers/1/channels", "servers")]
    [InlineData("/api/v1/invites/abc/accept", "servers")]
    [InlineData("/api/v1/channels/1", "servers")]
    [InlineData("/api/v1/channels/1/permissions/@me", "servers")]
    [InlineData("/api/v1/channels/1/overrides/2", "servers")]
    [InlineData("/api/v1/channels/1/messages", "messaging")]
    [InlineData("/api/v1/channels/1/messages/2/reactions/%F0%9F%91%8D", "messaging")]
    [InlineData("/api/v1/channels/1/changes?after=3", "messaging")]
    [InlineData("/api/v1/channels/1/read", "messaging")]
    [InlineData("/api/v1/channels/1/read/from/2", "messaging")]
    [InlineData("/api/v1/channels/1/mute", "messaging")]
    [InlineData("/api/v1/read-states/servers/1", "messaging")]
    [InlineData("/api/v1/mentions?limit=5", "messaging")]
    [InlineData("/api/v1/channels/1/pins/2", "messaging")]
    [InlineData("/api/v1/conversations", "messaging")]
    [InlineData("/api/v1/friends", "presence")]
    [InlineData("/api/v1/friends/requests?direction=incoming", "presence")]
    [InlineData("/api/v1/blocks/1", "presence")]
    [InlineData("/api/v1/realtime/tickets", "realtime")]
    [InlineData("/ws?ticket=t", "realtime")]
    public async Task A_path_reaches_its_service_unchanged(string target, string service)
    {
        using var response = await outside.Client.GetAsync(target, Cancel);

        var received = await response.ReceivedAsync();
        Assert.Equal(service, received.Name);
        Assert.Equal(target, received.Target);
    }

    [Theory]
    [InlineData("/api/v1")]
    [InlineData("/api/v1/")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/v1/channels")]
    [InlineData("/api/v1/channels/1/nothing")]
    [InlineData("/api/v2/servers")]
    [InlineData("/internal")]
    [InlineData("/internal/sessions/exchange")]
    [InlineData("/ws/1")]
    [InlineData("/index.html")]
    [InlineData("/oauthx")]
    [InlineData("/dev/mail")]
    [InlineData("/dev")]
    public async Task An_unknown_path_is_not_found(string target)
    {
        using var response = await outside.Client.GetAsync(target, Cancel);

        await response.ShouldBeProblemAsync(404, "not_found");
    }

    [Theory]
    [InlineData("Development", 200)]
    [InlineData("Staging", 404)]
    [InlineData("Production", 404)]
    public async Task Kept_mail_is_there_for_developers_alone(string environment, int status)
    {
        await using var gateway = outside.Start(("environment", environment));
        using var client = gateway.CreateClient();

        using var response = await client.GetAsync("/dev/mail?to=alice%40example.org", Cancel);
        using var inner = await client.GetAsync("/internal/sessions/1", Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        await inner.ShouldBeProblemAsync(404, "not_found");
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    [InlineData("PURGE")]
    public async Task A_method_is_for_the_service_to_judge(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/servers");
        using var response = await outside.Client.SendAsync(request, Cancel);

        Assert.Equal(method, (await response.ReceivedAsync()).Method);
    }

    [Theory]
    [InlineData("/api/v1/../internal/sessions/exchange")]
    [InlineData("/api/v1/%2e%2e/internal/sessions/exchange")]
    [InlineData("/api/v1/%2E%2E/%2e%2e/internal/x")]
    [InlineData("/api/v1/servers/..%2f..%2f..%2finternal/x")]
    [InlineData("/api/v1/servers/..%5c..%5c..%5cinternal")]
    [InlineData("/api/v1/servers/..\\..\\..\\internal")]
    [InlineData("/api/v1/servers/%252e%252e/%252e%252e/%252e%252e/internal/x")]
    [InlineData("/api/v1/servers/%252e%252e%252f%252e%252e%252f%252e%252e%252finternal")]
    [InlineData("/api/v1/servers/.%252e/.%252e/.%252e/internal")]
    [InlineData("/api/v1/servers/a%2Fb")]
    [InlineData("/api/v1/servers//internal")]
    [InlineData("//internal/x")]
    [InlineData("///internal")]
    [InlineData("/./internal/x")]
    [InlineData("/INTERNAL/x")]
    [InlineData("/%69nternal/x")]
    [InlineData("/api/v1/servers/;/../../../internal")]
    [InlineData("/health/../internal")]
    [InlineData("/api/v1/servers/%01")]
    [InlineData("http://identity/internal/sessions/exchange")]
    public async Task No_spelling_of_a_path_reaches_what_is_not_routed(string target)
    {
        var host = Uri.TryCreate(target, UriKind.Absolute, out var absolute) && absolute.Scheme == "http" ? absolute.Host : "chat";
        var (status, reply) = await RawHttp.SendAsync(outside.Gateway.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", Cancel);

        Assert.True(status is 404, $"{status}: {reply}");
        Assert.Contains("\"code\":\"not_found\"", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_the_gateways_own()
    {
        using var response = await outside.Client.GetAsync("/alive", Cancel);

        Assert.Equal("Healthy", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("GET /api/v1/servers/%00 HTTP/1.1\r\nHost: chat\r\n\r\n")]
    [InlineData("GET /api/v1/servers/%zz HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/v1/servers/%ff%fe HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n\r\n")]
    [InlineData("GET api/v1/servers HTTP/1.1\r\nHost: chat\r\n\r\n")]
    [InlineData("GET /api/v1/servers HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/v1/servers HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /api/v1/servers HTTP/9.9\r\nHost: chat\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n\r\n")]
    [InlineData("CONNECT identity:80 HTTP/1.1\r\nHost: identity:80\r\nConnection: close\r\n\r\n")]
    [InlineData("POST /api/v1/servers HTTP/1.1\r\nHost: chat\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab")]
    [InlineData("POST /api/v1/servers HTTP/1.1\r\nHost: chat\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n")]
    [InlineData("POST /api/v1/servers HTTP/1.1\r\nHost: chat\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n0\r\n\r\n")]
    [InlineData("GARBAGE\r\n\r\n")]
    public async Task What_cannot_be_read_is_refused_and_never_an_error_here(string request)
    {
        var (status, reply) = await RawHttp.SendAsync(outside.Gateway.Address, request, Cancel);

        Assert.True(status is (>= 200 and < 500) or 505, $"{status}: {reply}");
    }

    [Fact]
    public async Task The_bare_address_says_where_the_api_is()
    {
        using var response = await outside.Client.GetAsync("/", Cancel);

        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"api\":\"/api/v1\"", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}
