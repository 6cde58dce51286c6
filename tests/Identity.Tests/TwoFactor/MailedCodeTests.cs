using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class MailedCodeTests(TwoReplicas replicas)
{
    [Fact]
    public async Task Codes_by_mail_are_turned_on_and_come_by_themselves_at_the_next_sign_in()
    {
        using var person = await replicas.NewPersonAsync();

        Assert.Equal(10, (await person.AddMailAsync()).Count);

        var status = (await person.GetAsync("two-factor")).Expect(HttpStatusCode.OK).Body;
        Assert.True(status.GetProperty("enabled").GetBoolean());
        Assert.True(status.GetProperty("email").GetBoolean());
        Assert.False(status.GetProperty("totp").GetBoolean());
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("turned on", StringComparison.Ordinal));

        var asked = (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        Assert.Equal(["email", "recovery"], Person.MethodsIn(asked));
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("your sign-in code", StringComparison.Ordinal));

        await person.SignInAsync(await person.MailedCodeAsync());
        Assert.Equal(["pwd", "otp", "mfa"], await replicas.SqlAsync<string[]>("select methods from sessions where id = $1", person.Session) ?? []);
    }

    [Fact]
    public async Task The_code_stands_in_the_mail_only()
    {
        using var person = await replicas.NewPersonAsync();
        var answer = (await person.PostAsync("two-factor/email")).Expect(HttpStatusCode.Accepted);

        var code = await person.MailedCodeAsync();

        Assert.Equal("", answer.Text);
        var mail = Assert.Single(await person.MailsAsync(), mail => mail.GetProperty("text").GetString()?.Contains(code, StringComparison.Ordinal) == true);
        Assert.DoesNotContain(code, mail.GetProperty("subject").GetString() ?? "", StringComparison.Ordinal);
        Assert.Empty(mail.GetProperty("links").EnumerateArray());
    }

    [Fact]
    public async Task A_code_is_good_once_of_parallel_uses_on_two_replicas_for_one()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        var code = await person.MailedCodeAsync();

        // Five, as many as may be wrong in a minute and as a code has tries.
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, code)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(a => a.Code == "invalid_code"));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task A_code_has_five_tries(int wrong, bool good)
    {
        using var person = await replicas.NewPersonAsync();
        (await person.PostAsync("two-factor/email")).Expect(HttpStatusCode.Accepted);
        var code = await person.MailedCodeAsync();

        for (var i = 0; i < wrong; i++)
            (await ConfirmAsync(person, Wrong(code))).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");

        (await ConfirmAsync(person, code)).Expect(good ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Parallel_tries_do_not_slip_through()
    {
        using var person = await replicas.NewPersonAsync();
        (await person.PostAsync("two-factor/email")).Expect(HttpStatusCode.Accepted);
        var code = await person.MailedCodeAsync();
        using var second = replicas.Second.CreateClient(person.Token);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? person.Client : second).PostBodyAsync("/api/v1/auth/two-factor/email/confirm", new { code = Wrong(code) })));

        Assert.Equal(0, await replicas.SqlAsync<int?>("select tries_left from mailed_codes c join accounts a on a.id = c.account_id where a.username = $1", person.Username) ?? -1);
        (await ConfirmAsync(person, code)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");
    }

    [Fact]
    public async Task A_code_is_good_for_ten_minutes()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        var code = await person.MailedCodeAsync();

        replicas.Clock.Advance(TimeSpan.FromMinutes(10));

        (await person.LoginAsync(code)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        (await person.LoginAsync(await person.MailedCodeAsync())).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_new_code_replaces_the_one_before()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        var first = await person.MailedCodeAsync();
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        var second = await person.MailedCodeAsync();

        // One time in a million they are the same.
        if (first != second)
            (await person.LoginAsync(first)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync(second)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_is_for_one_purpose()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();

        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        var forSigningIn = await person.MailedCodeAsync();
        (await person.PostAsync("proof", new { password = Calls.Password, code = forSigningIn })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await person.PostAsync("proof/mail")).Expect(HttpStatusCode.Accepted);
        var forProof = await person.MailedCodeAsync();
        if (forProof != forSigningIn)
            (await person.LoginAsync(forProof)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await person.LoginAsync(forSigningIn)).Expect(HttpStatusCode.OK);
        (await person.PostAsync("proof", new { password = Calls.Password, code = forProof })).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_code_dies_with_the_address_it_was_sent_to()
    {
        using var person = await replicas.NewPersonAsync();
        (await person.PostAsync("two-factor/email")).Expect(HttpStatusCode.Accepted);
        var code = await person.MailedCodeAsync();

        await replicas.SqlAsync<object>("update accounts set email = 'x' || email, normalized_email = 'X' || normalized_email where username = $1", person.Username);

        (await ConfirmAsync(person, code)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");
    }

    [Fact]
    public async Task With_an_app_as_well_a_code_is_mailed_on_request()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        Assert.Empty(await person.AddMailAsync());
        var before = (await person.SubjectsAsync()).Count;

        Assert.Equal(["totp", "email", "recovery"], Person.MethodsIn((await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required")));
        Assert.Equal(before, (await person.SubjectsAsync()).Count);

        (await AskAsync(person)).Expect(HttpStatusCode.Accepted);
        (await person.LoginAsync(await person.MailedCodeAsync())).Expect(HttpStatusCode.OK);
        (await person.LoginAsync(app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_asks_for_a_code_has_to_know_the_password()
    {
        using var person = await replicas.NewPersonAsync();
        using var client = replicas.First.CreateClient();
        (await AskAsync(person)).ExpectProblem(HttpStatusCode.NotFound, "factor_not_found");
        await person.AddMailAsync();
        var mails = (await person.SubjectsAsync()).Count;

        (await AskAsync(person, "")).ExpectFieldErrors("password:required");
        (await client.PostBodyAsync("/api/v1/auth/two-factor/email/code", Calls.Json("{}"))).ExpectFieldErrors("login:required", "password:required");
        for (var i = 0; i < 5; i++)
            (await AskAsync(person, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        // Counted like sign-ins: neither has a try left.
        (await AskAsync(person)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        (await person.LoginAsync()).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.Equal(mails, (await person.SubjectsAsync()).Count);
    }

    [Fact]
    public async Task One_code_a_minute_is_mailed_and_it_stays_good()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        await using var limited = replicas.Start();
        var mails = (await person.SubjectsAsync()).Count;

        (await AskAsync(person, replica: limited)).Expect(HttpStatusCode.Accepted);
        var refused = (await AskAsync(person, replica: limited)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_codes");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        (await person.LoginAsync(limited, code: null)).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");

        Assert.Equal(mails + 1, (await person.SubjectsAsync()).Count);
        (await person.LoginAsync(limited, await person.MailedCodeAsync())).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Ten_codes_an_hour_are_mailed_whatever_for()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        await using var limited = replicas.Start(new Dictionary<string, string?> { ["TwoFactor:MailedCodesPerMinute"] = "1000" });
        using var client = limited.CreateClient(person.Token);

        // One was mailed to turn them on.
        for (var i = 0; i < 5; i++)
            (await client.PostBodyAsync("/api/v1/auth/proof/mail", new { })).Expect(HttpStatusCode.Accepted);
        for (var i = 0; i < 4; i++)
            (await AskAsync(person, replica: limited)).Expect(HttpStatusCode.Accepted);

        var refused = (await AskAsync(person, replica: limited)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_codes");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task Codes_by_mail_are_turned_off_again()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        (await person.PostAsync("two-factor/email")).ExpectProblem(HttpStatusCode.Conflict, "factor_exists");
        (await ConfirmAsync(person, "123456")).ExpectProblem(HttpStatusCode.Conflict, "factor_exists");

        (await person.DeleteAsync("two-factor/email")).Expect(HttpStatusCode.NoContent);

        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("turned off", StringComparison.Ordinal));
        Assert.Equal(0, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
        (await person.LoginAsync()).Expect(HttpStatusCode.OK);
        (await person.DeleteAsync("two-factor/email")).ExpectProblem(HttpStatusCode.NotFound, "factor_not_found");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"code":null}""")]
    [InlineData("""{"code":" "}""")]
    public async Task A_missing_code_is_named(string body)
    {
        using var person = await replicas.NewPersonAsync();

        (await person.Client.PostBodyAsync("/api/v1/auth/two-factor/email/confirm", Calls.Json(body))).ExpectFieldErrors("code:required");
    }

    private static Task<Answer> ConfirmAsync(Person person, string code) => person.PostAsync("two-factor/email/confirm", new { code });

    private static string Wrong(string code) => code == "000000" ? "000001" : "000000";

    private async Task<Answer> AskAsync(Person person, string password = Calls.Password, RunningService<IdentityService>? replica = null)
    {
        using var client = (replica ?? replicas.First).CreateClient();
        return await client.PostBodyAsync("/api/v1/auth/two-factor/email/code", new { login = person.Username, password });
    }
}
