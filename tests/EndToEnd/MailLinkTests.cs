using Chat.EndToEnd.Tests.Browsers;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests;

/// <summary>The links in mails, followed in a real browser.</summary>
public sealed class MailLinkTests(Door door, Chromium chromium) : BrowserTest(door, chromium)
{
    [Fact]
    public async Task The_link_verifies_the_address_when_its_owner_says_so()
    {
        var alice = await OpenAsync("alice");
        (await alice.CallAsync("POST", "auth/register", new { alice.Email, alice.Username, Person.Password })).Expect(201);

        await alice.Page.GotoAsync(await alice.LinkAsync("verify-email"));
        Assert.DoesNotContain("token", alice.Page.Url, StringComparison.Ordinal);
        (await alice.CallAsync("POST", "auth/login", new { login = alice.Username, Person.Password })).ExpectProblem(403, "email_not_verified");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Your address is verified. You can sign in now.");
        await alice.SignInAsync();
    }

    [Fact]
    public async Task A_link_that_was_used_says_so()
    {
        var alice = await OpenAsync("alice");
        (await alice.CallAsync("POST", "auth/register", new { alice.Email, alice.Username, Person.Password })).Expect(201);
        var link = await alice.LinkAsync("verify-email");

        foreach (var expected in new[] { "is verified", "was used" })
        {
            await alice.Page.GotoAsync(link);
            await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
            await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(expected);
        }
    }

    [Fact]
    public async Task A_forgotten_password_is_replaced()
    {
        var alice = await SignUpAsync("alice");
        (await alice.CallAsync("POST", "auth/logout")).Expect(204);

        await alice.Page.GotoAsync("/forgot-password");
        await alice.Page.GetByLabel("Your e-mail address").FillAsync(alice.Email);
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Mail me a link" }).ClickAsync();
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("a link is on its way");
        await alice.Page.GotoAsync(await alice.LinkAsync("reset-password"));
        var password = alice.Page.GetByLabel("New password");
        await password.FillAsync("password1");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Set it" }).ClickAsync();
        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).Not.ToBeEmptyAsync();
        await password.FillAsync("another long pass phrase");
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Set it" }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Your password is set");
        (await alice.CallAsync("POST", "auth/login", new { login = alice.Username, password = "another long pass phrase" })).Expect(200);
    }

    [Fact]
    public async Task Another_address_is_taken_by_the_link_to_it()
    {
        var alice = await SignUpAsync("alice");
        var other = $"other-{alice.Email}";
        (await alice.CallAsync("POST", "auth/change-email", new { email = other })).Expect(202);

        await alice.Page.GotoAsync(await alice.LinkAsync("confirm-email-change", other));
        await alice.Page.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();

        await Assertions.Expect(alice.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Your account has its new address.");
        Assert.Equal(other, (await alice.CallAsync("GET", "users/@me")).Expect(200).Body.GetProperty("email").GetString());
    }
}
