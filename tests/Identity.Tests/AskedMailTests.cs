using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>Mails that anybody can ask for by typing an address.</summary>
public sealed class AskedMailTests(IdentityStores stores) : IDisposable
{
    private const string Resend = "/api/v1/auth/resend-verification";
    private const string Forgot = "/api/v1/auth/forgot-password";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(Resend)]
    [InlineData(Forgot)]
    public async Task The_answer_is_the_same_whoever_has_the_address(string route)
    {
        var waiting = await _client.RegisterUnverifiedAsync();
        var verified = Calls.NewName();
        (await _client.RegisterAsync(verified)).Expect(HttpStatusCode.Created);

        var answers = new List<Answer>();
        foreach (var name in new[] { waiting, verified, Calls.NewName() })
            answers.Add((await _client.PostBodyAsync(route, new { email = $"{name}@example.org" })).Expect(HttpStatusCode.Accepted));

        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Single(answers.Select(a => string.Join(';', a.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}={string.Join(',', h.Value)}"))).Distinct());
    }

    [Fact]
    public async Task Asking_for_the_link_again_mails_it_to_whoever_waits_a_hint_to_the_owner_and_nobody_else_anything()
    {
        var waiting = await _client.RegisterUnverifiedAsync();
        var verified = Calls.NewName();
        (await _client.RegisterAsync(verified)).Expect(HttpStatusCode.Created);
        var unknown = Calls.NewName();

        foreach (var name in new[] { waiting, verified, unknown })
            (await _client.ResendAsync($"{name}@EXAMPLE.org")).Expect(HttpStatusCode.Accepted);

        Assert.Equal(2, (await _client.MailsToAsync($"{waiting}@example.org")).Count);
        (await _client.VerifyAsync(await _client.TokenToAsync($"{waiting}@example.org"))).Expect(HttpStatusCode.NoContent);
        await _client.MailToAsync($"{verified}@example.org", "already");
        Assert.Empty(await _client.MailsToAsync($"{unknown}@example.org"));
    }

    [Fact]
    public async Task Where_several_accounts_wait_for_a_mailbox_each_gets_a_link_under_its_name()
    {
        var address = $"{Calls.NewName()}@example.org";
        var names = new[] { await _client.RegisterUnverifiedAsync(address), await _client.RegisterUnverifiedAsync(address) };

        (await _client.ResendAsync(address)).Expect(HttpStatusCode.Accepted);

        var mail = await _client.MailToAsync(address, "verify");
        Assert.Equal(2, mail.Links.Count);
        var line = mail.Text.Split('\n').Single(line => line.StartsWith($"As {names[0]}: ", StringComparison.Ordinal));
        (await _client.VerifyAsync(line.Split("token=")[1])).Expect(HttpStatusCode.NoContent);
        (await _client.LoginAsync(names[0])).Expect(HttpStatusCode.OK);
        (await _client.LoginAsync(names[1])).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
    }

    [Theory]
    [InlineData(Resend)]
    [InlineData(Forgot)]
    public async Task One_mailbox_gets_one_a_minute_whether_or_not_it_has_an_account(string route)
    {
        await using var service = Start(("Accounts:MailRequestsPerMinute", null));
        using var client = service.CreateClient();
        var known = await client.RegisterUnverifiedAsync();

        foreach (var name in new[] { known, Calls.NewName() })
        {
            (await client.PostBodyAsync(route, new { email = $"{name}@example.org" })).Expect(HttpStatusCode.Accepted);
            var refused = (await client.PostBodyAsync(route, new { email = $"{name}@Example.Org" })).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_mails");
            Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task One_mailbox_gets_five_a_day_and_each_kind_is_counted_by_itself()
    {
        await using var service = Start(("Accounts:MailRequestsPerDay", null));
        using var client = service.CreateClient();
        var address = $"{Calls.NewName()}@example.org";

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => client.ResendAsync(address)));

        Assert.Equal(5, answers.Count(a => a.Status == HttpStatusCode.Accepted));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Accepted), a => Assert.InRange(
            a.ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_mails").Headers.RetryAfter?.Delta ?? default, TimeSpan.FromHours(23), TimeSpan.FromHours(24)));
        (await client.ForgotAsync(address)).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task One_client_address_asks_for_as_many_an_hour_as_configured()
    {
        await using var service = Start(("Accounts:MailRequestsPerAddress", "4"));
        using var client = service.CreateClient();
        var (somewhere, elsewhere) = (MailCalls.FromSomewhere(), MailCalls.FromSomewhere());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            client.PostBodyAsync(i % 2 == 0 ? Resend : Forgot, new { email = $"{Calls.NewName()}@example.org" }, somewhere)));

        Assert.Equal(4, answers.Count(a => a.Status == HttpStatusCode.Accepted));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Accepted), a => a.ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_mails"));
        (await client.PostBodyAsync(Resend, new { email = $"{Calls.NewName()}@example.org" }, elsewhere)).Expect(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData("{}", "email:required")]
    [InlineData("""{"email":""}""", "email:required")]
    [InlineData("""{"email":"plain"}""", "email:invalid")]
    [InlineData("""{"email":"a@example.org\r\nBcc: b@example.org"}""", "email:invalid")]
    [InlineData("""{"email":"nul\u0000@example.org"}""", "email:invalid")]
    public async Task An_address_that_is_none_is_refused(string body, string error)
    {
        foreach (var route in new[] { Resend, Forgot })
            (await _client.PostBodyAsync(route, Calls.Json(body))).ExpectFieldErrors(error);
    }

    private RunningService<IdentityService> Start(params (string Key, string? Value)[] settings) =>
        stores.Start(stores.Database, settings.ToDictionary(s => s.Key, s => s.Value));
}
