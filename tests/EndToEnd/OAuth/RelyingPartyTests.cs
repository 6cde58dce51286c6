using System.Text.Json;

namespace Chat.EndToEnd.Tests.OAuth;

/// <summary>What a client library that nobody here wrote makes of the server, through the gateway.</summary>
public sealed class RelyingPartyTests(Door door)
{
    /// <summary>What the library makes of 401 <c>invalid_client</c> with its WWW-Authenticate.</summary>
    private const string Challenged = "OAUTH_WWW_AUTHENTICATE_CHALLENGE";

    [Fact]
    public async Task It_signs_somebody_in_and_learns_who_they_are()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("code");

        var (claims, info) = (result.GetProperty("claims"), result.GetProperty("info"));
        Assert.Equal((200, 303), (Number(result, "asked"), Number(result, "again")));
        Assert.Equal(Text(claims, "sub"), Text(result, "silent"));
        Assert.Equal((Text(claims, "sub"), party.Username, "Relying Party"), (Text(info, "sub"), Text(info, "preferred_username"), Text(info, "name")));
        Assert.Equal(($"{party.Username}@example.org", true), (Text(info, "email"), info.GetProperty("email_verified").GetBoolean()));
        Assert.Equal("openid profile email account:read offline_access", Text(result, "scope"));
        Assert.InRange(Number(result, "expiresIn"), 290, 300);
        Assert.Equal(200, Number(result, "api"));
    }

    [Fact]
    public async Task It_learns_when_and_how_they_signed_in()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("maxAge");

        Assert.Equal("pwd", Assert.Single(result.GetProperty("amr").EnumerateArray()).GetString());
        Assert.InRange(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - result.GetProperty("authTime").GetInt64(), 0, 60);
    }

    [Fact]
    public async Task What_is_wrong_it_understands()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("refusals");

        var expected = new Dictionary<string, string>
        {
            ["denied"] = "access_denied",
            ["state"] = "OAUTH_INVALID_RESPONSE",
            ["nonce"] = "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
            ["verifier"] = "invalid_grant",
            ["secret"] = Challenged,
            ["client"] = Challenged,
            ["pkce"] = "invalid_request",
            ["plain"] = "invalid_request",
            ["scope"] = "invalid_scope",
            ["prompt"] = "consent_required",
            ["reusedCode"] = "invalid_grant",
            ["refreshAfterReuse"] = "invalid_grant",
        };
        Assert.Equal(expected.OrderBy(e => e.Key), expected.Keys.Select(key => KeyValuePair.Create(key, Text(result, key))).OrderBy(e => e.Key));
        Assert.Equal((400, 401), (Number(result, "redirect"), Number(result, "apiAfterReuse")));
    }

    [Fact]
    public async Task It_renews_its_tokens_until_one_is_used_twice()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("refresh");

        Assert.True(result.GetProperty("subject").GetBoolean());
        Assert.Equal(("openid", "invalid_scope"), (Text(result, "narrowed"), Text(result, "widened")));
        Assert.Equal((200, "invalid_grant", 401), (Number(result, "before"), Text(result, "reused"), Number(result, "after")));
        Assert.NotEqual("accepted", Text(result, "info"));
        Assert.Equal("invalid_grant", Text(result, "newest"));
    }

    [Fact]
    public async Task It_gives_back_what_it_no_longer_needs()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("revocation");

        Assert.Equal((200, 401, "invalid_grant"), (Number(result, "before"), Number(result, "after"), Text(result, "refresh")));
    }

    [Fact]
    public async Task It_acts_for_itself()
    {
        using var party = await RelyingParty.CreateAsync(door);

        var result = await party.RunAsync("clientCredentials");

        Assert.Equal(("account:read", false), (Text(result, "scope"), result.GetProperty("renewable").GetBoolean()));
        Assert.StartsWith("app.", Text(result, "username"), StringComparison.Ordinal);
        Assert.Equal(("invalid_scope", Challenged), (Text(result, "openid"), Text(result, "wrongSecret")));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
