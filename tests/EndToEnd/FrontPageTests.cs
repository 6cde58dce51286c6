using Chat.EndToEnd.Tests.Browsers;

namespace Chat.EndToEnd.Tests;

public sealed class FrontPageTests(Door door, Chromium chromium) : BrowserTest(door, chromium)
{
    [Fact]
    public async Task A_page_signs_somebody_in_and_nobody_else()
    {
        var alice = await SignUpAsync("alice");
        var bob = await OpenAsync("bob");

        var me = (await alice.CallAsync("GET", "users/@me")).Expect(200);

        Assert.Equal(alice.Username, me.Body.GetProperty("username").GetString());
        (await bob.CallAsync("GET", "users/@me")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task The_page_is_a_secure_context_at_the_address_of_the_issuer()
    {
        var alice = await OpenAsync("alice");

        Assert.StartsWith("http://localhost:", alice.Page.Url, StringComparison.Ordinal);
        Assert.True(await alice.Page.EvaluateAsync<bool>("() => window.isSecureContext && 'PublicKeyCredential' in window"));
    }
}
