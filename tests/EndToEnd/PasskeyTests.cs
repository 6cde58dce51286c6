using System.Text.Json;
using System.Text.Json.Nodes;
using Chat.EndToEnd.Tests.Browsers;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests;

/// <summary>Passkeys as Chromium makes and shows them.</summary>
public sealed class PasskeyTests(Door door, Chromium chromium) : BrowserTest(door, chromium)
{
    [Fact]
    public async Task Several_are_registered_named_and_listed()
    {
        var alice = await SignUpAsync("alice");
        await Authenticator.AddAsync(alice);
        var first = await alice.RegisterPasskeyAsync("Laptop");
        await Authenticator.AddAsync(alice, "usb");
        var second = await alice.RegisterPasskeyAsync();

        var id = second.Body.GetProperty("id").GetString();
        (await alice.CallAsync("PATCH", $"auth/passkeys/{id}", new { name = "Key on my ring" })).Expect(200);

        var items = (await alice.CallAsync("GET", "auth/passkeys")).Expect(200).Body.GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(["Laptop", "Key on my ring"], items.Select(item => item.GetProperty("name").GetString()));
        Assert.Equal(first.Body.GetProperty("id").GetString(), items[0].GetProperty("id").GetString());
        Assert.Equal("internal", items[0].GetProperty("transports")[0].GetString());
        Assert.Equal("usb", items[1].GetProperty("transports")[0].GetString());
        Assert.All(items, item => Assert.False(item.TryGetProperty("lastUsedAt", out var used) && used.ValueKind is not JsonValueKind.Null));
        Assert.Contains("Chrome on", second.Body.GetProperty("name").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authenticator_that_holds_one_already_makes_no_second()
    {
        var alice = await SignUpAsync("alice");
        await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();

        var again = await alice.CreateAsync((await alice.BeginAsync("auth/passkeys/options")).Options);

        Assert.Equal("InvalidStateError", again.Error);
    }

    [Fact]
    public async Task It_signs_in_elsewhere_without_a_user_name()
    {
        var alice = await SignUpAsync("alice");
        var synchronised = await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        var phone = await OpenAsync("phone");
        await (await Authenticator.AddAsync(phone)).CopyAsync(synchronised);

        var signedIn = (await phone.SignInByPasskeyAsync()).Expect(200);

        Assert.Equal(alice.Username, signedIn.Body.GetProperty("user").GetProperty("username").GetString());
        Assert.Equal(alice.Username, (await phone.CallAsync("GET", "users/@me")).Expect(200).Body.GetProperty("username").GetString());
        var cookies = await phone.Context.CookiesAsync();
        Assert.True(Assert.Single(cookies, cookie => cookie.Name == "chat_session").HttpOnly);
        var item = Assert.Single((await alice.CallAsync("GET", "auth/passkeys")).Body.GetProperty("items").EnumerateArray());
        Assert.NotEqual(JsonValueKind.Null, item.GetProperty("lastUsedAt").ValueKind);
    }

    [Fact]
    public async Task A_removed_one_signs_in_no_longer_and_its_owner_is_told()
    {
        var alice = await SignUpAsync("alice");
        var authenticator = await Authenticator.AddAsync(alice);
        var id = (await alice.RegisterPasskeyAsync("Old phone")).Body.GetProperty("id").GetString();
        var thief = await OpenAsync("thief");
        await (await Authenticator.AddAsync(thief)).CopyAsync(authenticator);

        (await alice.CallAsync("DELETE", $"auth/passkeys/{id}")).Expect(204);

        (await thief.SignInByPasskeyAsync()).ExpectProblem(401, "invalid_passkey");
        (await thief.CallAsync("GET", "users/@me")).ExpectProblem(401, "unauthenticated");
        foreach (var notice in new[] { "A passkey was added to your account: Old phone", "A passkey was removed from your account: Old phone" })
        {
            await Eventually.HoldsAsync($"the mail '{notice}'", async () =>
                (await alice.MailsAsync()).Any(mail => mail.GetProperty("subject").GetString()?.Contains(notice, StringComparison.Ordinal) is true));
        }
    }

    [Fact]
    public async Task Without_the_finger_it_neither_registers_nor_signs_in()
    {
        var alice = await SignUpAsync("alice");
        var authenticator = await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        await authenticator.VerifyUserAsync(false);

        var ceremony = await alice.BeginAsync("auth/passkeys/sign-in/options");
        Assert.Equal("NotAllowedError", (await alice.GetAsync(ceremony.Options)).Error);

        // A page that lies to the browser about what was asked does not get through either.
        var shown = await alice.GetAsync(With(ceremony.Options, "userVerification", "discouraged"));
        Assert.Null(shown.Error);
        (await alice.CallAsync("POST", "auth/passkeys/sign-in", new { ceremony.Challenge, credential = shown.Credential })).ExpectProblem(401, "invalid_passkey");

        await Authenticator.AddAsync(alice, "usb", verifiesUser: false);
        var registration = await alice.BeginAsync("auth/passkeys/options");
        Assert.Equal("NotAllowedError", (await alice.CreateAsync(registration.Options)).Error);
    }

    [Fact]
    public async Task What_was_shown_once_is_worth_nothing_a_second_time()
    {
        var alice = await SignUpAsync("alice");
        await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        var ceremony = await alice.BeginAsync("auth/passkeys/sign-in/options");
        var shown = await alice.GetAsync(ceremony.Options);
        (await alice.CallAsync("POST", "auth/passkeys/sign-in", new { ceremony.Challenge, credential = shown.Credential })).Expect(200);
        var thief = await OpenAsync("thief");

        (await thief.CallAsync("POST", "auth/passkeys/sign-in", new { ceremony.Challenge, credential = shown.Credential })).ExpectProblem(400, "invalid_challenge");
        var another = await thief.BeginAsync("auth/passkeys/sign-in/options");
        (await thief.CallAsync("POST", "auth/passkeys/sign-in", new { another.Challenge, credential = shown.Credential })).ExpectProblem(401, "invalid_passkey");
    }

    [Fact]
    public async Task A_copy_that_lags_behind_in_counting_is_refused()
    {
        var alice = await SignUpAsync("alice");
        var original = await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        var thief = await OpenAsync("thief");
        await (await Authenticator.AddAsync(thief)).CopyAsync(original);

        (await alice.SignInByPasskeyAsync()).Expect(200);
        (await alice.SignInByPasskeyAsync()).Expect(200);

        (await thief.SignInByPasskeyAsync()).ExpectProblem(401, "invalid_passkey");
    }

    [Fact]
    public async Task A_page_of_another_origin_cannot_pass_on_what_it_was_shown()
    {
        var alice = await SignUpAsync("alice");
        var authenticator = await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        var ceremony = await alice.BeginAsync("auth/passkeys/sign-in/options");
        var victim = await OpenAsync("victim");
        await victim.Page.RouteAsync("http://localhost:9/", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = "<h1>Chat</h1>" }));
        await victim.Page.GotoAsync("http://localhost:9/");
        await (await Authenticator.AddAsync(victim)).CopyAsync(authenticator);

        var shown = await victim.GetAsync(ceremony.Options);

        Assert.Null(shown.Error);
        (await alice.CallAsync("POST", "auth/passkeys/sign-in", new { ceremony.Challenge, credential = shown.Credential })).ExpectProblem(401, "invalid_passkey");
    }

    [Fact]
    public async Task It_proves_that_it_is_still_the_owner_and_nobody_else()
    {
        var alice = await SignUpAsync("alice");
        await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();
        var bob = await SignUpAsync("bob");
        await Authenticator.AddAsync(bob);
        await bob.RegisterPasskeyAsync();

        var first = await alice.BeginAsync("auth/proof/passkey/options");
        var shown = await alice.GetAsync(first.Options);
        (await bob.CallAsync("POST", "auth/proof/passkey", new { first.Challenge, credential = shown.Credential })).ExpectProblem(400, "invalid_challenge");
        (await alice.CallAsync("POST", "auth/proof/passkey", new { first.Challenge, credential = shown.Credential })).Expect(204);

        var second = await alice.BeginAsync("auth/proof/passkey/options");
        var bobs = await bob.GetAsync(With(second.Options, "allowCredentials", new JsonArray()));
        Assert.Null(bobs.Error);
        (await alice.CallAsync("POST", "auth/proof/passkey", new { second.Challenge, credential = bobs.Credential })).ExpectProblem(401, "invalid_passkey");
    }

    private static JsonElement With(JsonElement options, string name, JsonNode value)
    {
        var changed = JsonNode.Parse(options.GetRawText())!;
        changed[name] = value;
        return changed.Deserialize<JsonElement>();
    }
}
