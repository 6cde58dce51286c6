using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests;

public sealed class SignInTests(IdentityStores stores) : IDisposable
{
    private const string Route = "/api/v1/auth/login";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Signing_in_answers_the_account_its_session_and_a_cookie()
    {
        var name = await RegisterAsync();

        var answer = (await _client.LoginAsync(name)).Expect(HttpStatusCode.OK);

        Assert.Equal(name, answer.Body.GetProperty("user").GetProperty("username").GetString());
        var left = answer.Body.GetProperty("session").GetProperty("expiresAt").GetDateTimeOffset() - TimeProvider.System.GetUtcNow();
        Assert.InRange(left, TimeSpan.FromHours(6.9), TimeSpan.FromHours(7));
        Assert.Matches("^chat_session=[A-Za-z0-9_-]{43}; path=/; samesite=lax; httponly$", Assert.Single(answer.SetCookies, c => c.StartsWith("chat_session=", StringComparison.Ordinal)));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.DoesNotContain(answer.SessionCookie, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remembered_session_lasts_thirty_days()
    {
        var name = await RegisterAsync();

        var answer = (await _client.LoginAsync(name, remember: true)).Expect(HttpStatusCode.OK);

        Assert.Contains("max-age=7776000", Assert.Single(answer.SetCookies, c => c.StartsWith("chat_session=", StringComparison.Ordinal)), StringComparison.Ordinal);
        var left = answer.Body.GetProperty("session").GetProperty("expiresAt").GetDateTimeOffset() - TimeProvider.System.GetUtcNow();
        Assert.InRange(left, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task Behind_https_the_cookie_is_secure()
    {
        var name = await RegisterAsync();
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["Auth:Issuer"] = "https://chat.example.org" });
        using var client = service.CreateClient();

        var answer = (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);

        Assert.All(answer.SetCookies, cookie => Assert.Contains("; secure;", cookie, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_login_is_a_name_or_an_address_in_any_case()
    {
        var name = await RegisterAsync();

        (await _client.LoginAsync(name.ToUpperInvariant())).Expect(HttpStatusCode.OK);
        (await _client.LoginAsync($"{name}@Example.ORG")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_password_typed_in_two_normal_forms_is_one_password()
    {
        var name = Calls.NewName();
        (await _client.RegisterAsync(name, "pass\u00e9word")).Expect(HttpStatusCode.Created);

        (await _client.LoginAsync(name, "passe\u0301word")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_sign_in_is_a_new_session_with_a_new_cookie()
    {
        var name = await RegisterAsync();

        var first = (await _client.LoginAsync(name)).Expect(HttpStatusCode.OK);
        var second = (await _client.LoginAsync(name)).Expect(HttpStatusCode.OK);

        Assert.NotEqual(first.SessionCookie, second.SessionCookie);
        Assert.NotEqual(first.Body.GetProperty("session").GetProperty("id").GetGuid(), second.Body.GetProperty("session").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Signing_in_with_a_session_ends_that_one()
    {
        var (name, token, _, cookie) = await stores.Shared.NewPersonAsync();
        using var browser = stores.Shared.CreateClient(token);

        (await browser.LoginAsync(name)).Expect(HttpStatusCode.OK);

        (await browser.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_look_alike()
    {
        var name = await RegisterAsync();

        var wrong = (await _client.LoginAsync(name, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        var unknown = (await _client.LoginAsync(Calls.NewName(), "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.Equal(wrong.Body.GetProperty("detail").GetString(), unknown.Body.GetProperty("detail").GetString());
        Assert.Empty(wrong.SetCookies);
        Assert.Empty(unknown.SetCookies);
    }

    [Theory]
    [InlineData("no\0body")]
    [InlineData("nobody@example.org\0")]
    [InlineData("' or 1=1 --")]
    [InlineData("ａｌｉｃｅ")]
    public async Task A_login_nobody_can_have_is_just_wrong(string login) =>
        (await _client.LoginAsync(login)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

    [Theory]
    [InlineData("{}", "login:required", "password:required")]
    [InlineData("""{"login":null,"password":null}""", "login:required", "password:required")]
    [InlineData("""{"login":"","password":""}""", "login:required", "password:required")]
    public async Task A_missing_field_is_named(string body, params string[] errors) =>
        (await _client.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(errors);

    [Fact]
    public async Task Fields_are_bounded() =>
        (await _client.LoginAsync(new string('a', 255), new string('b', 129))).ExpectFieldErrors("login:too_long", "password:too_long");

    [Theory]
    [InlineData("""{"login":1,"password":"12345678"}""")]
    [InlineData("""{"login":"ann","password":["12345678"]}""")]
    [InlineData("""{"login":"ann","password":"12345678","remember":"yes"}""")]
    [InlineData("{")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body) =>
        (await _client.PostBodyAsync(Route, Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");

    [Fact]
    public async Task After_five_wrong_sign_ins_even_the_right_one_waits()
    {
        var name = await RegisterAsync();
        var other = await RegisterAsync();

        // By name and by address: it is one account.
        foreach (var login in new[] { name, name, name, $"{name}@example.org", $"{name}@example.org" })
            (await _client.LoginAsync(login, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var refused = (await _client.LoginAsync(name)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        (await _client.LoginAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Parallel_guesses_do_not_slip_through()
    {
        var name = await RegisterAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _client.LoginAsync(name, "wrong password")));

        Assert.Equal(5, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(15, answers.Count(a => a.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task An_unknown_name_is_bounded_alike()
    {
        var name = Calls.NewName();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _client.LoginAsync(name, "wrong password")));

        Assert.Equal(5, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(3, answers.Count(a => a.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Right_sign_ins_do_not_count()
    {
        var name = await RegisterAsync();

        for (var i = 0; i < 8; i++)
            (await _client.LoginAsync(name)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Another_address_is_counted_by_itself()
    {
        var name = await RegisterAsync();
        foreach (var _ in Enumerable.Range(0, 6))
            await _client.PostBodyAsync(Route, new { login = name, password = "wrong password" }, ("X-Forwarded-For", "203.0.113.1"));

        var elsewhere = await _client.PostBodyAsync(Route, new { login = name, password = Calls.Password }, ("X-Forwarded-For", "203.0.113.2"));

        elsewhere.Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_restarted_Redis_counts_from_the_first_sign_in()
    {
        var redisText = stores.RedisOfItsOwn();
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redisText });
        using var client = service.CreateClient();
        (await client.LoginAsync(Calls.NewName())).Expect(HttpStatusCode.Unauthorized);
        var redis = await stores.ConnectRedisAsync(redisText);

        // A restart forgets the scripts as well.
        await redis.AskAsync(store => store.ExecuteAsync("SCRIPT", "FLUSH"));

        var name = await RegisterAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.LoginAsync(name, "wrong password")));
        Assert.Single(answers, a => a.Status == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Without_Redis_people_still_sign_in()
    {
        var name = await RegisterAsync();
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["ConnectionStrings:redis"] = "127.0.0.1:1" });
        using var client = service.CreateClient();

        (await client.LoginAsync(name, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G6_More_passwords_than_may_wait_are_refused_for_now()
    {
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?>
        {
            ["Passwords:Iterations"] = "1000000",
            ["Passwords:Concurrency"] = "1",
            ["Passwords:Queue"] = "1",
        });
        using var client = service.CreateClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => client.LoginAsync(Calls.NewName())));

        var refused = answers.Where(a => a.Status == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, a => Assert.NotNull(a.ExpectProblem(HttpStatusCode.ServiceUnavailable, "busy").Headers.RetryAfter));
        Assert.Contains(answers, a => a.Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_weak_hash_is_renewed_at_the_next_sign_in()
    {
        var name = await RegisterAsync();
        var before = await HashOfAsync(name);
        await using var stronger = stores.Start(stores.Database, new Dictionary<string, string?> { ["Passwords:Iterations"] = "2000" });
        using var client = stronger.CreateClient();

        (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);

        var after = await HashOfAsync(name);
        Assert.NotEqual(before, after);
        (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);
        Assert.Equal(after, await HashOfAsync(name));
    }

    private async Task<string> RegisterAsync()
    {
        var name = Calls.NewName();
        (await _client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        return name;
    }

    private async Task<string?> HashOfAsync(string name)
    {
        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand("select password_hash from accounts where username = $1");
        command.Parameters.AddWithValue(name);
        return (string?)await command.ExecuteScalarAsync(Calls.Cancel);
    }
}
