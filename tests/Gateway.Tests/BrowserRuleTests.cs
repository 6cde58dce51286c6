namespace Chat.Gateway.Tests;

public sealed class BrowserRuleTests(OutsideFixture outside)
{
    private const string Cookie = "chat_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task With_the_cookie_a_change_needs_the_client_header(string method)
    {
        using var response = await SendAsync(method, "/api/v1/servers", ("Cookie", Cookie));
        using var blank = await SendAsync(method, "/api/v1/servers", ("Cookie", Cookie), ("X-Chat-Client", " "));

        await response.ShouldBeProblemAsync(403, "client_header_required");
        await blank.ShouldBeProblemAsync(403, "client_header_required");
    }

    [Fact]
    public async Task Without_the_cookie_or_with_a_bearer_a_change_needs_no_client_header()
    {
        using var anonymous = await SendAsync("POST", "/api/v1/auth/login");
        using var bearer = await SendAsync("POST", "/api/v1/servers", ("Cookie", Cookie), ("Authorization", "Bearer mine"));

        Assert.Equal("identity", (await anonymous.ReceivedAsync()).Name);
        Assert.Equal("Bearer mine", (await bearer.ReceivedAsync()).Headers["Authorization"]);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://chat.example.evil.example")]
    [InlineData("https://chat.example:8443")]
    [InlineData("http://chat.example")]
    [InlineData("https://sub.chat.example")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_change_from_another_origin_is_refused(string origin)
    {
        using var change = await SendAsync("POST", "/api/v1/servers", ("Origin", origin), ("Authorization", "Bearer mine"));
        using var login = await SendAsync("POST", "/api/v1/auth/login", ("Origin", origin));
        using var register = await SendAsync("POST", "/api/v1/auth/register", ("Origin", origin));

        await change.ShouldBeProblemAsync(403, "origin_not_allowed");
        await login.ShouldBeProblemAsync(403, "origin_not_allowed");
        await register.ShouldBeProblemAsync(403, "origin_not_allowed");
    }

    [Fact]
    public async Task Two_origins_are_none_that_is_allowed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/servers");
        request.Headers.Add("Origin", [GatewayHost.PublicAddress, "https://evil.example"]);
        using var response = await outside.Client.SendAsync(request, Cancel);

        await response.ShouldBeProblemAsync(403, "origin_not_allowed");
    }

    [Fact]
    public async Task A_change_from_another_site_without_an_origin_is_refused()
    {
        using var response = await SendAsync("POST", "/api/v1/auth/login", ("Sec-Fetch-Site", "cross-site"));
        using var contradiction = await SendAsync("POST", "/api/v1/auth/login", ("Sec-Fetch-Site", "cross-site"), ("Origin", GatewayHost.PublicAddress));

        await response.ShouldBeProblemAsync(403, "origin_not_allowed");
        await contradiction.ShouldBeProblemAsync(403, "origin_not_allowed");
    }

    [Fact]
    public async Task The_public_address_and_configured_origins_may_change_things()
    {
        await using var gateway = outside.Start(("AllowedOrigins", "https://app.chat.example/ https://other.example"));
        using var client = gateway.CreateClient();
        foreach (var origin in new[] { GatewayHost.PublicAddress, "https://app.chat.example" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/servers");
            request.Headers.Add("Origin", origin);
            using var response = await client.SendAsync(request, Cancel);

            Assert.Equal("servers", (await response.ReceivedAsync()).Name);
        }
    }

    [Fact]
    public async Task Reading_is_open_to_any_origin_but_no_other_page_may_see_the_answer()
    {
        using var response = await SendAsync("GET", "/api/v1/servers", ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"));
        using var preflight = await SendAsync("OPTIONS", "/api/v1/servers", ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"));

        Assert.Equal("servers", (await response.ReceivedAsync()).Name);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string target, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await outside.Client.SendAsync(request, Cancel);
    }
}
