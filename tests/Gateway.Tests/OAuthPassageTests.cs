using System.Net;
using System.Net.Http.Headers;

namespace Chat.Gateway.Tests;

/// <summary>What browsers and other people's servers send to /oauth, as far as the gateway has a say in it.</summary>
public sealed class OAuthPassageTests(OutsideFixture outside)
{
    private const string Session = "chat_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Basic = "Basic Y2xpZW50OnNlY3JldA==";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_on_another_site_leads_to_the_consent_page()
    {
        const string Target = "/oauth/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fback&scope=openid%20profile&state=a%2Bb&code_challenge=c";
        using var request = new HttpRequestMessage(HttpMethod.Get, Target);
        request.Headers.Add("Referer", "https://app.example/");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "navigate");
        request.Headers.Add("Sec-Fetch-Dest", "document");

        using var response = await outside.Client.SendAsync(request, Cancel);

        var received = await response.ReceivedAsync();
        Assert.Equal(("identity", Target), (received.Name, received.Target));
        Assert.Contains("form-action 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/oauth/token", Basic)]
    [InlineData("/oauth/revoke", Basic)]
    [InlineData("/oauth/token", null)]
    public async Task A_server_sends_forms_with_credentials_of_its_own(string target, string? authorization)
    {
        using var response = await PostFormAsync(outside.Client, target, authorization);

        var received = await response.ReceivedAsync();
        Assert.Equal(("identity", "POST"), (received.Name, received.Method));
        Assert.Equal("application/x-www-form-urlencoded", received.Headers["Content-Type"]);
        Assert.Equal(FormText.Length, received.BodyBytes);
        Assert.Equal(authorization, received.Headers.GetValueOrDefault("Authorization"));
    }

    [Fact]
    public async Task Credentials_of_a_server_are_not_replaced_by_a_cookie()
    {
        using var response = await PostFormAsync(outside.Client, "/oauth/token", Basic, ("Cookie", Session));

        var headers = (await response.ReceivedAsync()).Headers;
        Assert.Equal(Basic, headers["Authorization"]);
        Assert.DoesNotContain("Cookie", headers);
    }

    [Theory]
    [InlineData("Origin", "https://app.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Pages_of_other_sites_send_none(string header, string value)
    {
        using var consent = await PostFormAsync(outside.Client, "/oauth/authorize", null, (header, value), ("Cookie", Session), ("X-Chat-Client", "web"));
        using var token = await PostFormAsync(outside.Client, "/oauth/token", Basic, (header, value));

        await consent.ShouldBeProblemAsync(403, "origin_not_allowed");
        await token.ShouldBeProblemAsync(403, "origin_not_allowed");
    }

    [Fact]
    public async Task Consent_needs_the_client_header_besides_the_cookie()
    {
        using var response = await PostFormAsync(outside.Client, "/oauth/authorize", null, ("Origin", GatewayHost.PublicAddress), ("Sec-Fetch-Site", "same-origin"), ("Cookie", Session));

        await response.ShouldBeProblemAsync(403, "client_header_required");
    }

    [Theory]
    [InlineData("no-referrer", "no-referrer")]
    [InlineData("No-Referrer", "No-Referrer")]
    [InlineData("same-origin", "same-origin")]
    [InlineData("strict-origin", "strict-origin")]
    [InlineData("unsafe-url", "strict-origin-when-cross-origin")]
    [InlineData("no-referrer-when-downgrade", "strict-origin-when-cross-origin")]
    [InlineData("no-referrer, unsafe-url", "strict-origin-when-cross-origin")]
    [InlineData("no-referrer|unsafe-url", "strict-origin-when-cross-origin")]
    [InlineData("", "strict-origin-when-cross-origin")]
    public async Task A_page_may_tell_other_sites_less_than_usual_and_never_more(string chosen, string sent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/oauth/authorize");
        request.Headers.TryAddWithoutValidation($"{OutsideServer.Reply}Referrer-Policy", chosen);
        request.Headers.TryAddWithoutValidation($"{OutsideServer.Reply}Content-Security-Policy", "default-src *");

        using var response = await outside.Client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(sent, Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.StartsWith("default-src 'self';", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    private const string FormText = "grant_type=authorization_code&code=a%2Bb&client_id=client&client_secret=secret";

    private static async Task<HttpResponseMessage> PostFormAsync(HttpClient client, string target, string? authorization, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = new StringContent(FormText, new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        foreach (var (name, value) in authorization is null ? headers : [("Authorization", authorization), .. headers])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Cancel);
    }
}
