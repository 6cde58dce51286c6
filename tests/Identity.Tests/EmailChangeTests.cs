using System.Net;

namespace Chat.Identity.Tests;

public sealed class EmailChangeTests(IdentityStores stores) : IDisposable
{
    private const string Route = "/api/v1/auth/change-email";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_link_in_the_new_mailbox_changes_the_address_and_both_are_told()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var (old, @new) = ($"{name}@example.org", $"{name}@elsewhere.example.org");

        (await me.PostBodyAsync(Route, new { email = @new })).Expect(HttpStatusCode.Accepted);
        await _client.MailToAsync(old, "Another e-mail address was asked for");
        (await _client.LoginAsync(old)).Expect(HttpStatusCode.OK);

        // Opened in another browser, perhaps.
        (await _client.ConfirmEmailAsync(await _client.TokenToAsync(@new))).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(old)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await _client.LoginAsync(@new)).Expect(HttpStatusCode.OK);
        Assert.Equal(@new, (await me.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("email").GetString());
        var notice = await _client.MailToAsync(old, "The e-mail address of your account was changed");
        Assert.Contains("address 127.0.0.1, on 20", notice.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("forgot", notice.Text, StringComparison.Ordinal);
        await _client.MailToAsync(@new, "This is the e-mail address of your account from now on");
    }

    [Fact]
    public async Task The_answer_is_the_same_for_an_address_that_is_taken_and_its_owner_gets_a_hint()
    {
        var owner = Calls.NewName();
        (await _client.RegisterAsync(owner)).Expect(HttpStatusCode.Created);
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        var taken = (await me.PostBodyAsync(Route, new { email = $"{owner}@example.org" })).Expect(HttpStatusCode.Accepted);
        var own = (await me.PostBodyAsync(Route, new { email = $"{name}@example.org" })).Expect(HttpStatusCode.Accepted);
        var free = (await me.PostBodyAsync(Route, new { email = $"{Calls.NewName()}@example.org" })).Expect(HttpStatusCode.Accepted);

        Assert.Equal(free.Text, taken.Text);
        Assert.Equal(free.Text, own.Text);
        var hint = await _client.MailToAsync($"{owner}@example.org", "already");
        Assert.Empty(hint.Links);
        Assert.DoesNotContain(name, hint.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_to_the_former_address_die()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        var reset = await _client.TokenToAsync($"{name}@example.org");
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);

        (await _client.ConfirmEmailAsync(await _client.TokenToAsync($"{name}@elsewhere.example.org"))).Expect(HttpStatusCode.NoContent);

        (await _client.ResetAsync(reset, "something else entirely")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(reset, await _client.TokenToAsync($"{name}@example.org"));
    }

    [Fact]
    public async Task The_former_address_is_free_for_others()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);
        (await _client.ConfirmEmailAsync(await _client.TokenToAsync($"{name}@elsewhere.example.org"))).Expect(HttpStatusCode.NoContent);

        var successor = await _client.RegisterUnverifiedAsync($"{name}@example.org");
        (await _client.VerifyAsync(await _client.TokenToAsync($"{name}@example.org"))).Expect(HttpStatusCode.NoContent);

        Assert.Equal(successor, (await _client.LoginAsync($"{name}@example.org")).Expect(HttpStatusCode.OK).Body.GetProperty("user").GetProperty("username").GetString());
    }

    [Fact]
    public async Task Of_parallel_uses_of_one_link_one_wins()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);
        var link = await _client.TokenToAsync($"{name}@elsewhere.example.org");

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _client.ConfirmEmailAsync(link)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_token"));
    }

    [Fact]
    public async Task Of_many_who_want_one_address_the_first_to_follow_a_link_gets_it()
    {
        var address = $"{Calls.NewName()}@example.org";
        var links = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var (_, token, _, _) = await stores.Shared.NewPersonAsync();
            using var me = stores.Shared.CreateClient(token);
            (await me.PostBodyAsync(Route, new { email = address })).Expect(HttpStatusCode.Accepted);
            links.Add(await _client.TokenToAsync(address));
        }

        await _client.RegisterUnverifiedAsync(address);
        var verification = await _client.TokenToAsync(address);
        var answers = await Task.WhenAll(links.Select(_client.ConfirmEmailAsync).Append(_client.VerifyAsync(verification)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_token"));
    }

    [Fact]
    public async Task A_newer_request_replaces_the_older_and_a_change_of_the_password_ends_both()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var links = new List<string>();
        foreach (var address in new[] { $"{name}@a.example.org", $"{name}@b.example.org" })
        {
            (await me.PostBodyAsync(Route, new { email = address })).Expect(HttpStatusCode.Accepted);
            links.Add(await _client.TokenToAsync(address));
        }

        (await _client.ConfirmEmailAsync(links[0])).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await me.PostBodyAsync("/api/v1/auth/change-password", new { currentPassword = Calls.Password, newPassword = "something else entirely" })).Expect(HttpStatusCode.NoContent);
        (await _client.ConfirmEmailAsync(links[1])).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task A_link_lives_for_a_day()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var (name, token, _, _) = await service.NewPersonAsync();
        using var me = service.CreateClient(token);
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);
        var link = await me.TokenToAsync($"{name}@elsewhere.example.org");

        clock.Advance(TimeSpan.FromHours(24.1));

        (await me.ConfirmEmailAsync(link)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task A_fresh_proof_is_required()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() - interval '6 minutes' where id = $1", session);
        using var stale = stores.Shared.CreateClient(token);

        (await stale.PostBodyAsync(Route, new { email = $"{Calls.NewName()}@example.org" })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await _client.PostBodyAsync(Route, new { email = $"{Calls.NewName()}@example.org" })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Other_sessions_end_at_once_if_they_are_to()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        var (second, _, _) = await stores.Shared.OpenSessionAsync(name);
        using var me = stores.Shared.CreateClient(token);
        using var other = stores.Shared.CreateClient(second);

        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org", endOtherSessions = true })).Expect(HttpStatusCode.Accepted);

        (await other.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await me.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_suspended_account_keeps_its_address()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);
        var link = await _client.TokenToAsync($"{name}@elsewhere.example.org");
        await Sql.RunAsync(stores.Database, "update accounts set state = 2 where username = $1", name);

        (await _client.ConfirmEmailAsync(link)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task One_mailbox_gets_one_a_minute()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        await using var strict = stores.Start(stores.Database, new Dictionary<string, string?> { ["Accounts:MailRequestsPerMinute"] = null });
        using var me = strict.CreateClient(token);

        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).Expect(HttpStatusCode.Accepted);
        (await me.PostBodyAsync(Route, new { email = $"{name}@elsewhere.example.org" })).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_mails");
    }

    [Theory]
    [InlineData("{}", "email:required")]
    [InlineData("""{"email":"plain"}""", "email:invalid")]
    public async Task An_address_that_is_none_is_refused(string body, string error)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        (await me.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(error);
    }
}
