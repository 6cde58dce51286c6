using System.Net;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class AuthenticatorAppTests(TwoReplicas replicas)
{
    [Fact]
    public async Task An_app_is_set_up_and_asked_for_at_the_next_sign_in()
    {
        using var person = await replicas.NewPersonAsync();

        var begun = (await person.PostAsync("two-factor/totp")).Expect(HttpStatusCode.OK);
        var uri = begun.Body.GetProperty("uri").GetString() ?? "";
        var app = new AppOfAPerson(uri, replicas.Clock);
        Assert.Equal($"otpauth://totp/Chat:{person.Username}?secret={app.Secret}&issuer=Chat&algorithm=SHA1&digits=6&period=30", uri);
        Assert.Equal(app.Secret, begun.Body.GetProperty("secret").GetString());
        Assert.True(begun.Headers.CacheControl?.NoStore);
        (await person.LoginAsync()).Expect(HttpStatusCode.OK);

        var confirmed = (await person.PostAsync("two-factor/totp/confirm", new { code = app.Code() })).Expect(HttpStatusCode.OK);

        Assert.Equal(10, Person.CodesIn(confirmed).Count);
        var status = (await person.GetAsync("two-factor")).Expect(HttpStatusCode.OK).Body;
        Assert.True(status.GetProperty("enabled").GetBoolean());
        Assert.True(status.GetProperty("totp").GetBoolean());
        Assert.False(status.GetProperty("email").GetBoolean());
        Assert.Equal(10, status.GetProperty("recoveryCodesLeft").GetInt32());
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("authenticator app", StringComparison.Ordinal));

        var asked = (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        Assert.Equal(["totp", "recovery"], Person.MethodsIn(asked));
        Assert.Empty(asked.SetCookies);
        (await person.LoginAsync(app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_session_tells_how_its_person_signed_in()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        await person.SignInAsync(app.Code(1));

        Assert.Equal(["pwd", "otp", "mfa"], await replicas.SqlAsync<string[]>("select methods from sessions where id = $1", person.Session) ?? []);
    }

    [Fact]
    public async Task A_known_device_is_asked_as_well()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddAppAsync();

        (await person.LoginAsync(replicas.First, code: null, headers: ("Cookie", person.DeviceCookie))).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
    }

    [Fact]
    public async Task The_factor_is_asked_for_only_after_the_right_password()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        (await person.LoginAsync(null, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.LoginAsync(app.Code(1), "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.LoginAsync(app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_is_good_once_and_none_before_it_after_it()
    {
        using var person = await replicas.NewPersonAsync();
        replicas.BeginStep();
        var (app, _) = await person.AddAppAsync();
        (await person.LoginAsync(app.Code())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        replicas.Clock.Advance(TimeSpan.FromSeconds(90));
        var (earlier, later) = (app.Code(), app.Code(1));
        (await person.LoginAsync(later)).Expect(HttpStatusCode.OK);

        (await person.LoginAsync(later)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync(earlier)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Fact]
    public async Task Of_parallel_uses_of_a_code_on_two_replicas_one_wins()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        var code = app.Code(1);

        // Five, as many as may be wrong in a minute.
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, code)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(a => a.Code == "invalid_code"));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task Codes_of_two_steps_away_are_refused(int steps)
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        replicas.Clock.Advance(TimeSpan.FromMinutes(5));
        replicas.BeginStep();

        (await person.LoginAsync(app.Code(steps))).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Fact]
    public async Task Codes_of_one_step_away_are_accepted()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        replicas.Clock.Advance(TimeSpan.FromMinutes(5));
        replicas.BeginStep();

        (await person.LoginAsync(app.Code(-1))).Expect(HttpStatusCode.OK);
        (await person.LoginAsync(app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("abcdef")]
    [InlineData("１２３４５６")]
    [InlineData("12\u000034")]
    [InlineData("%00")]
    public async Task A_code_of_no_known_shape_is_wrong(string code)
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddAppAsync();

        (await person.LoginAsync(code)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Fact]
    public async Task A_code_may_be_grouped_and_is_bounded()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        (await person.LoginAsync(new string('1', 65))).ExpectFieldErrors("code:too_long");
        (await person.LoginAsync($"{app.Code(1)[..3]} {app.Code(1)[3..]}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_without_a_second_factor_is_not_looked_at()
    {
        using var person = await replicas.NewPersonAsync();

        (await person.LoginAsync("123456")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_code_does_not_set_the_app_up()
    {
        using var person = await replicas.NewPersonAsync();
        var app = await person.BeginAppAsync();

        (await person.PostAsync("two-factor/totp/confirm", new { code = app.WrongCode() })).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");
        (await person.PostAsync("two-factor/totp/confirm", new { code = "nonsense" })).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");
        (await person.PostAsync("two-factor/totp/confirm")).ExpectFieldErrors("code:required");

        Assert.False((await person.GetAsync("two-factor")).Body.GetProperty("enabled").GetBoolean());
        (await person.LoginAsync()).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_secret_is_pending_for_ten_minutes_and_confirmed_once()
    {
        using var person = await replicas.NewPersonAsync();
        (await person.PostAsync("two-factor/totp/confirm", new { code = "123456" })).ExpectProblem(HttpStatusCode.Conflict, "factor_not_begun");
        var app = await person.BeginAppAsync();
        replicas.Clock.Advance(TimeSpan.FromMinutes(10));
        (await person.PostAsync("proof", new { password = Calls.Password })).Expect(HttpStatusCode.NoContent);

        (await person.PostAsync("two-factor/totp/confirm", new { code = app.Code() })).ExpectProblem(HttpStatusCode.Conflict, "factor_not_begun");

        await person.AddAppAsync();
        (await person.PostAsync("two-factor/totp/confirm", new { code = app.Code() })).ExpectProblem(HttpStatusCode.Conflict, "factor_not_begun");
    }

    [Fact]
    public async Task Of_parallel_confirmations_one_wins()
    {
        using var person = await replicas.NewPersonAsync();
        var app = await person.BeginAppAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => person.PostAsync("two-factor/totp/confirm", new { code = app.Code() })));

        Assert.Equal(10, Person.CodesIn(Assert.Single(answers, a => a.Status == HttpStatusCode.OK)).Count);
        Assert.Equal(3, answers.Count(a => a.Code == "factor_not_begun"));
        Assert.Equal(10, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
    }

    [Fact]
    public async Task Parallel_beginnings_do_no_harm()
    {
        using var person = await replicas.NewPersonAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => person.PostAsync("two-factor/totp")));

        Assert.All(answers, a => a.Expect(HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_new_app_takes_the_place_of_the_old_one()
    {
        using var person = await replicas.NewPersonAsync();
        var (old, codes) = await person.AddAppAsync();
        Assert.Equal(10, codes.Count);

        var (renewed, none) = await person.AddAppAsync();

        Assert.Empty(none);
        (await person.LoginAsync(old.Code(1))).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync(renewed.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Removing_the_app_turns_the_second_factor_off()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddAppAsync();

        (await person.DeleteAsync("two-factor/totp")).Expect(HttpStatusCode.NoContent);

        var status = (await person.GetAsync("two-factor")).Expect(HttpStatusCode.OK).Body;
        Assert.False(status.GetProperty("enabled").GetBoolean());
        Assert.Equal(0, status.GetProperty("recoveryCodesLeft").GetInt32());
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("removed", StringComparison.Ordinal));
        (await person.LoginAsync()).Expect(HttpStatusCode.OK);
        (await person.DeleteAsync("two-factor/totp")).ExpectProblem(HttpStatusCode.NotFound, "factor_not_found");
    }

    [Fact]
    public async Task The_secret_is_not_in_the_database()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        var stored = await replicas.SqlAsync<byte[]>("select totp_secret from second_factors f join accounts a on a.id = f.account_id where a.username = $1", person.Username) ?? [];

        Assert.True(stored.Length > 20);
        Assert.DoesNotContain(app.Secret, System.Text.Encoding.Latin1.GetString(stored), StringComparison.Ordinal);
    }
}
