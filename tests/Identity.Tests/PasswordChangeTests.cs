using System.Net;

namespace Chat.Identity.Tests;

public sealed class PasswordChangeTests(IdentityStores stores) : IDisposable
{
    private const string Route = "/api/v1/auth/change-password";
    private const string NewPassword = "something else entirely";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task With_the_present_password_a_new_one_is_set_and_its_owner_told()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        (await me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(name)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await _client.LoginAsync(name, NewPassword)).Expect(HttpStatusCode.OK);
        await _client.MailToAsync($"{name}@example.org", "Your password was changed");
    }

    [Fact]
    public async Task Other_sessions_end_if_they_are_to()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        var (second, _, _) = await stores.Shared.OpenSessionAsync(name);
        using var me = stores.Shared.CreateClient(token);
        using var other = stores.Shared.CreateClient(second);

        (await me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);
        (await other.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await me.PostBodyAsync(Route, new { currentPassword = NewPassword, newPassword = Calls.Password, endOtherSessions = true })).Expect(HttpStatusCode.NoContent);
        (await other.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await me.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_present_password_is_refused_and_counted()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        for (var i = 0; i < 5; i++)
            (await me.PostBodyAsync(Route, new { currentPassword = "a wrong one", newPassword = NewPassword })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var refused = (await me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.DoesNotContain(await _client.MailsToAsync($"{name}@example.org"), mail => mail.Subject.Contains("was changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bad_new_password_is_refused_before_the_present_one_is_checked()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        for (var i = 0; i < 8; i++)
            (await me.PostBodyAsync(Route, new { currentPassword = "a wrong one", newPassword = "iloveyou" })).ExpectFieldErrors("newPassword:too_common");
        (await me.PostBodyAsync(Route, new { })).ExpectFieldErrors("currentPassword:required", "newPassword:required");
        (await me.PostBodyAsync(Route, new { currentPassword = new string('a', 500_000), newPassword = NewPassword })).ExpectFieldErrors("currentPassword:too_long");

        (await me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_parallel_changes_one_wins()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var passwords = Enumerable.Range(0, 4).Select(i => $"{NewPassword} {i}").ToList();

        var answers = await Task.WhenAll(passwords.Select(password => me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = password })));

        var winner = Assert.Single(Enumerable.Range(0, 4), i => answers[i].Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => Assert.Contains(a.Code, new[] { "account_changed", "invalid_credentials" }));
        (await _client.LoginAsync(name, passwords[winner])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_a_password_a_fresh_proof_takes_its_place()
    {
        var (name, token, session, _) = await stores.Shared.NewPersonAsync();
        await Sql.RunAsync(stores.Database, "update accounts set password_hash = null where username = $1", name);
        using var me = stores.Shared.CreateClient(token);

        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() - interval '6 minutes' where id = $1", session);
        (await me.PostBodyAsync(Route, new { newPassword = NewPassword })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() where id = $1", session);
        (await me.PostBodyAsync(Route, new { newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);

        (await _client.LoginAsync(name, NewPassword)).Expect(HttpStatusCode.OK);
        await _client.MailToAsync($"{name}@example.org", "A password was set for your account");
    }

    [Fact]
    public async Task With_the_present_password_no_other_proof_is_asked_for()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() - interval '6 minutes' where id = $1", session);
        using var me = stores.Shared.CreateClient(token);

        (await me.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Nobody_changes_a_password_without_being_signed_in() =>
        (await _client.PostBodyAsync(Route, new { currentPassword = Calls.Password, newPassword = NewPassword })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

    [Theory]
    [InlineData("""{"currentPassword":1,"newPassword":"something else entirely"}""")]
    [InlineData("""{"currentPassword":"correct horse battery staple","newPassword":["something else entirely"]}""")]
    [InlineData("""{"currentPassword":"correct horse battery staple","newPassword":"something else entirely","endOtherSessions":"yes"}""")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        (await me.PostBodyAsync(Route, Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }
}
