using System.Text.RegularExpressions;
using Chat.EndToEnd.Tests.Browsers;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests.OAuth;

/// <summary>The pages that people see on their way to an app, in a real browser, under the gateway's content security policy.</summary>
public sealed partial class ConsentPageTests(Door door, Chromium chromium) : BrowserTest(door, chromium)
{
    private const string RedirectUri = "https://app.example/back";

    // The example of RFC 7636, appendix B.
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly Door _door = door;

    [Fact]
    public async Task Somebody_signs_in_allows_an_app_and_arrives_there()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignedOutAsync("alice");
        var complaints = Complaints(alice.Page);

        await alice.Page.GotoAsync(Request(party));
        await Assertions.Expect(alice.Page).ToHaveTitleAsync(new Regex("^Sign in"));
        await SignInAsync(alice, "a wrong password");
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is wrong");
        await SignInAsync(alice, Person.Password);

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Allow Relying party?");
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
        await Assertions.Expect(alice.Page.GetByText(alice.Username)).ToBeVisibleAsync();
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();
        await alice.Page.WaitForURLAsync(url => url.StartsWith(RedirectUri, StringComparison.Ordinal));

        var back = QueryHelpers.ParseQuery(new Uri(alice.Page.Url).Query);
        Assert.Equal(("a state", _door.Address.GetLeftPart(UriPartial.Authority)), (back["state"].ToString(), back["iss"].ToString()));
        Assert.StartsWith("ey", (await party.ExchangeAsync(back["code"].ToString(), RedirectUri, Verifier)).GetProperty("id_token").GetString(), StringComparison.Ordinal);

        // The failed sign-in is a failed request, which the console tells; nothing else may be wrong.
        Assert.All(complaints, complaint => Assert.Contains("401", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_sign_in_page_helps_password_managers()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignedOutAsync("alice");
        await alice.Page.GotoAsync(Request(party));

        var password = alice.Page.GetByLabel("Password");
        await Assertions.Expect(password).ToHaveAttributeAsync("type", "password");
        await Assertions.Expect(password).ToHaveAttributeAsync("autocomplete", "current-password");
        await Assertions.Expect(alice.Page.GetByLabel("Username or e-mail address")).ToHaveAttributeAsync("autocomplete", "username");
        Assert.True(await password.EvaluateAsync<bool>("field => field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))"), "Pasting is hindered.");
    }

    [Fact]
    public async Task Whoever_denies_arrives_there_with_nothing()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignUpAsync("alice");
        await StandInForAppAsync(alice);

        await alice.Page.GotoAsync(Request(party));
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Deny" }).ClickAsync();
        await alice.Page.WaitForURLAsync(url => url.StartsWith(RedirectUri, StringComparison.Ordinal));

        Assert.Equal("access_denied", QueryHelpers.ParseQuery(new Uri(alice.Page.Url).Query)["error"].ToString());
    }

    [Fact]
    public async Task Somebody_may_use_another_account()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignUpAsync("alice");
        var bob = await SignUpAsync("bob");
        await StandInForAppAsync(alice);

        await alice.Page.GotoAsync(Request(party));
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Use another account" }).ClickAsync();
        await alice.Page.GetByLabel("Username or e-mail address").FillAsync(bob.Username);
        await alice.Page.GetByLabel("Password").FillAsync(Person.Password);
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByText(bob.Username)).ToBeVisibleAsync();
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();
        await alice.Page.WaitForURLAsync(url => url.StartsWith(RedirectUri, StringComparison.Ordinal));
        Assert.Contains("code=", alice.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_factor_is_asked_for_on_the_way()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignUpAsync("alice");
        (await alice.CallAsync("POST", "auth/two-factor/email")).Expect(202);
        var recovery = (await alice.CallAsync("POST", "auth/two-factor/email/confirm", new { code = await MailedCodeAsync(alice) })).Expect(200)
            .Body.GetProperty("recoveryCodes")[0].GetString() ?? "";
        (await alice.CallAsync("POST", "auth/logout")).Expect(204);

        await alice.Page.GotoAsync(Request(party));
        await SignInAsync(alice, Person.Password);
        var code = alice.Page.GetByLabel("Code of your second factor");
        await code.FillAsync("000000");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is wrong");
        await code.FillAsync(recovery);
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Allow Relying party?");
    }

    [Fact]
    public async Task A_passkey_signs_in_there_too_however_often_an_app_demands_it()
    {
        using var party = await RelyingParty.CreateAsync(_door);
        var alice = await SignUpAsync("alice");
        await Authenticator.AddAsync(alice);
        await alice.RegisterPasskeyAsync();

        await alice.Page.GotoAsync(Request(party) + "&prompt=login");
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Sign in again");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Continue here" }).ClickAsync();
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Sign in again");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Allow Relying party?");
    }

    [Fact]
    public async Task A_link_that_does_not_work_says_so()
    {
        var alice = await OpenAsync("alice");

        var response = await alice.Page.GotoAsync("/oauth/authorize?client_id=nobody&redirect_uri=https%3A%2F%2Fevil.example%2F");

        Assert.Equal(400, response?.Status);
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not known");
    }

    private static string Request(RelyingParty party) => QueryHelpers.AddQueryString("/oauth/authorize", new Dictionary<string, string?>
    {
        ["response_type"] = "code",
        ["client_id"] = party.ClientId,
        ["redirect_uri"] = RedirectUri,
        ["scope"] = "openid email servers:read",
        ["state"] = "a state",
        ["code_challenge"] = Challenge,
        ["code_challenge_method"] = "S256",
    });

    private static async Task<string> MailedCodeAsync(Person person)
    {
        var code = "";
        await Eventually.HoldsAsync("a mail with a code", async () => (code = (await person.MailsAsync())
            .Select(mail => Code().Match(mail.GetProperty("text").GetString() ?? "").Value.Trim()).FirstOrDefault(found => found.Length > 0) ?? "").Length > 0);
        return code;
    }

    [GeneratedRegex(@"^[0-9]{6}\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    private async Task<Person> SignedOutAsync(string name)
    {
        var person = await SignUpAsync(name);
        (await person.CallAsync("POST", "auth/logout")).Expect(204);
        await StandInForAppAsync(person);
        return person;
    }

    private static Task StandInForAppAsync(Person person) =>
        person.Context.RouteAsync("https://app.example/**", route => route.FulfillAsync(new RouteFulfillOptions { Status = 200, ContentType = "text/plain", Body = "the app" }));

    private static async Task SignInAsync(Person person, string password)
    {
        await person.Page.GetByLabel("Username or e-mail address").FillAsync(person.Username);
        await person.Page.GetByLabel("Password").FillAsync(password);
        await person.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }

    private static List<string> Complaints(IPage page)
    {
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        return complaints;
    }
}
