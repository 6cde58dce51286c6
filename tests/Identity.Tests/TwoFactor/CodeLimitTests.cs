using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class CodeLimitTests(TwoReplicas replicas)
{
    [Fact]
    public async Task After_five_wrong_codes_in_a_minute_on_any_replica_even_the_right_one_waits()
    {
        using var person = await replicas.NewPersonAsync();
        using var other = await replicas.NewPersonAsync();
        replicas.BeginStep();
        var (app, codes) = await person.AddAppAsync();
        var (othersApp, _) = await other.AddAppAsync();

        // Whatever they look like; the second has turned the app on.
        foreach (var (i, code) in new[] { app.WrongCode(), app.Code(), "0000-0000-0000-0000", "nonsense", app.WrongCode() }.Index())
            (await person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, code)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        foreach (var code in new[] { app.Code(1), codes[0] })
        {
            var refused = (await person.LoginAsync(replicas.Second, code)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
            Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        }

        Assert.Equal(10, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
        (await other.LoginAsync(othersApp.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Parallel_guesses_do_not_slip_through()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(i => person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, app.WrongCode())));

        Assert.Equal(5, answers.Count(a => a.Code == "invalid_code"));
        Assert.Equal(10, answers.Count(a => a.Code == "too_many_attempts"));
    }

    [Fact]
    public async Task Twenty_wrong_codes_an_hour_are_let_through()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        await using var hourly = replicas.Start(new Dictionary<string, string?> { ["TwoFactor:WrongCodesPerMinute"] = "1000" });
        for (var i = 0; i < 20; i++)
            (await person.LoginAsync(hourly, app.WrongCode())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        var refused = (await person.LoginAsync(hourly, app.Code(1))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task Right_codes_and_the_question_for_one_do_not_count()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();

        foreach (var code in codes.Take(7))
        {
            (await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
            (await person.LoginAsync(code)).Expect(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Strangers_who_know_the_password_cannot_keep_a_known_device_out()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        for (var i = 0; i < 6; i++)
            await person.LoginAsync(app.WrongCode());
        (await person.LoginAsync(app.Code(1))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        (await FromAsync(person, replicas.First, app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_known_device_has_five_tries_as_well()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        for (var i = 0; i < 5; i++)
            (await FromAsync(person, i % 2 == 0 ? replicas.First : replicas.Second, app.WrongCode())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await FromAsync(person, replicas.First, app.Code(1))).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        // Which is nobody else's trouble.
        (await person.LoginAsync(app.Code(1))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Proofs_and_sign_ins_are_counted_together()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        for (var i = 0; i < 3; i++)
            (await person.LoginAsync(app.WrongCode())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        for (var i = 0; i < 2; i++)
            (await person.PostAsync("proof", new { password = Calls.Password, code = app.WrongCode() })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await person.PostAsync("proof", new { password = Calls.Password, code = app.Code(1) })).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    private static Task<Answer> FromAsync(Person person, RunningService<IdentityService> replica, string code) =>
        person.LoginAsync(replica, code, headers: ("Cookie", person.DeviceCookie));
}
