namespace Chat.Gateway.Tests;

/// <summary>What counts as a personal access token, and what does not. The outside server stands where identity is, and would say yes to all of them.</summary>
public sealed class PersonalAccessTokenFormTests(OutsideFixture outside)
{
    private static readonly string WellFormed = $"chat_pat_{new string('A', 43)}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Bearer chat_pat_")]
    [InlineData("Bearer chat_pat_short")]
    [InlineData("Bearer chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-A")]
    [InlineData("Bearer chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA AAA")]
    [InlineData("Bearer chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, Bearer mine")]
    [InlineData("Bearer mine, Bearer chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer CHAT_PAT_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer \"chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("Bearer\tchat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Token chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("chat_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_cannot_be_one_is_refused_without_asking(string authorization)
    {
        using var response = await SendAsync("GET", "/api/v1/servers", authorization);

        await response.ShouldBeProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task One_that_is_too_long_sent_twice_or_not_ASCII_is_refused_without_asking()
    {
        using var tooLong = await SendAsync("GET", "/api/v1/servers", $"Bearer chat_pat_{new string('A', 101)}");
        var (twice, _) = await RawHttp.SendAsync(outside.Gateway.Address, Raw($"Authorization: Bearer {WellFormed}\r\nAuthorization: Bearer {WellFormed}"), Cancel);
        var (beyondAscii, _) = await RawHttp.SendAsync(outside.Gateway.Address, Raw($"Authorization: Bearer {WellFormed}\u00c3\u00a4"), Cancel);

        await tooLong.ShouldBeProblemAsync(401, "unauthenticated");
        Assert.Equal((401, 401), (twice, beyondAscii));
    }

    [Theory]
    [InlineData("Bearer mine")]
    [InlineData("Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln")]
    [InlineData("Basic Y2hhdF9wYXQ6eA==")]
    [InlineData("Bearer chat_pat")]
    public async Task Anything_else_is_for_the_services_to_judge(string authorization)
    {
        using var response = await SendAsync("POST", "/api/v1/servers", authorization);

        Assert.Equal(authorization, (await response.ReceivedAsync()).Headers["Authorization"]);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_page_of_another_site_changes_nothing_with_one(string header, string value)
    {
        using var response = await SendAsync("POST", "/api/v1/servers", $"Bearer {WellFormed}", (header, value));

        await response.ShouldBeProblemAsync(403, "origin_not_allowed");
    }

    private static string Raw(string header) => $"GET /api/v1/servers HTTP/1.1\r\nHost: chat\r\n{header}\r\nConnection: close\r\n\r\n";

    private async Task<HttpResponseMessage> SendAsync(string method, string target, string authorization, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await outside.Client.SendAsync(request, Cancel);
    }
}
