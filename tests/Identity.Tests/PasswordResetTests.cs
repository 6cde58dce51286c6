using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class PasswordResetTests(IdentityStores stores) : IDisposable
{
    private const string NewPassword = "something else entirely";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_link_sets_a_new_password_and_does_not_sign_in()
    {
        var name = await RegisterAsync();
        var link = await LinkAsync(name);

        var answer = (await _client.ResetAsync(link, NewPassword)).Expect(HttpStatusCode.NoContent);

        Assert.Empty(answer.SetCookies);
        (await _client.LoginAsync(name)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await _client.LoginAsync(name, NewPassword)).Expect(HttpStatusCode.OK);
        var notice = await _client.MailToAsync($"{name}@example.org", "Your password was reset");
        Assert.Contains("127.0.0.1", notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task G4_A_reset_ends_every_session_and_token_before_it_is_answered()
    {
        var (name, token, _, cookie) = await stores.Shared.NewPersonAsync();
        var (second, _, _) = await stores.Shared.OpenSessionAsync(name);
        using var me = stores.Shared.CreateClient(token);
        var personal = (await me.PostBodyAsync("/api/v1/auth/tokens", new { name = "script", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString() ?? "";
        var program = await ExchangeTokenAsync(personal);
        var link = await LinkAsync(name);

        (await _client.ResetAsync(link, NewPassword)).Expect(HttpStatusCode.NoContent);

        foreach (var dead in new[] { token, second, program })
        {
            using var caller = stores.Shared.CreateClient(dead);
            (await caller.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        (await stores.Shared.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        using var gateway = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        (await gateway.PostBodyAsync("/internal/tokens/exchange", new { token = personal })).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_bad_password_does_not_use_the_link_up()
    {
        var name = await RegisterAsync();
        var link = await LinkAsync(name);

        (await _client.ResetAsync(link, "short")).ExpectFieldErrors("password:too_short");
        (await _client.ResetAsync(link, "iloveyou")).ExpectFieldErrors("password:too_common");

        (await _client.ResetAsync(link, NewPassword)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_link_works_once()
    {
        var link = await LinkAsync(await RegisterAsync());

        (await _client.ResetAsync(link, NewPassword)).Expect(HttpStatusCode.NoContent);
        (await _client.ResetAsync(link, NewPassword)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task Of_parallel_uses_of_one_link_one_wins()
    {
        var name = await RegisterAsync();
        var link = await LinkAsync(name);
        var passwords = Enumerable.Range(0, 10).Select(i => $"{NewPassword} {i}").ToList();

        var answers = await Task.WhenAll(passwords.Select(password => _client.ResetAsync(link, password)));

        var winner = Assert.Single(Enumerable.Range(0, 10), i => answers[i].Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_token"));
        (await _client.LoginAsync(name, passwords[winner])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_newer_link_replaces_the_older()
    {
        var name = await RegisterAsync();
        var older = await LinkAsync(name);
        var newer = await LinkAsync(name);

        (await _client.ResetAsync(older, NewPassword)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.ResetAsync(newer, NewPassword)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_link_dies_with_a_change_of_the_password()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var link = await LinkAsync(name);

        (await me.PostBodyAsync("/api/v1/auth/change-password", new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);

        (await _client.ResetAsync(link, "yet another password")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task A_link_lives_for_an_hour()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var client = service.CreateClient();
        var (late, intime) = (Calls.NewName(), Calls.NewName());
        foreach (var name in new[] { late, intime })
        {
            (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
            (await client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        }

        var tokens = (Late: await client.TokenToAsync($"{late}@example.org"), InTime: await client.TokenToAsync($"{intime}@example.org"));

        clock.Advance(TimeSpan.FromMinutes(59));
        (await client.ResetAsync(tokens.InTime, NewPassword)).Expect(HttpStatusCode.NoContent);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await client.ResetAsync(tokens.Late, NewPassword)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task Nobody_but_a_verified_account_in_use_gets_a_link()
    {
        var unverified = await _client.RegisterUnverifiedAsync();
        var suspended = await RegisterAsync();
        await SetStateAsync(suspended, 2);
        var erased = await RegisterAsync();
        await SetStateAsync(erased, 4);
        var unknown = Calls.NewName();

        foreach (var name in new[] { unverified, suspended, erased, unknown })
        {
            var before = (await _client.MailsToAsync($"{name}@example.org")).Count;
            (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
            Assert.Equal(before, (await _client.MailsToAsync($"{name}@example.org")).Count);
        }
    }

    [Fact]
    public async Task A_link_is_void_once_the_account_is_suspended()
    {
        var name = await RegisterAsync();
        var link = await LinkAsync(name);
        await SetStateAsync(name, 2);

        (await _client.ResetAsync(link, NewPassword)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task An_account_that_its_owner_disabled_can_be_reset_and_stays_disabled()
    {
        var name = await RegisterAsync();
        await SetStateAsync(name, 1);

        (await _client.ResetAsync(await LinkAsync(name), NewPassword)).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(name, NewPassword)).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
    }

    [Fact]
    public async Task An_account_without_a_password_gets_one_this_way()
    {
        var name = await RegisterAsync();
        await Sql.RunAsync(stores.Database, "update accounts set password_hash = null where username = $1", name);
        (await _client.LoginAsync(name)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        (await _client.ResetAsync(await LinkAsync(name), NewPassword)).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(name, NewPassword)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_reset_does_not_turn_off_the_second_factor()
    {
        var name = await RegisterAsync();
        await Sql.RunAsync(
            stores.Database, "insert into second_factors (account_id, totp_last_step, email_enabled_at) select id, 0, now() from accounts where username = $1", name);

        (await _client.ResetAsync(await LinkAsync(name), NewPassword)).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(name, NewPassword)).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
    }

    private async Task<string> RegisterAsync()
    {
        var name = Calls.NewName();
        (await _client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        return name;
    }

    private async Task<string> LinkAsync(string name)
    {
        (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        return await _client.TokenToAsync($"{name}@example.org");
    }

    private Task SetStateAsync(string name, int state) => Sql.RunAsync(stores.Database, "update accounts set state = $2 where username = $1", name, state);

    private async Task<string> ExchangeTokenAsync(string token)
    {
        using var gateway = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        return (await gateway.PostBodyAsync("/internal/tokens/exchange", new { token })).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString() ?? "";
    }
}
