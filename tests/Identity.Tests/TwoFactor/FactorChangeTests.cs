using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests.TwoFactor;

/// <summary>What holds for every change of a factor.</summary>
[Collection(SharedReplicas.Name)]
public sealed class FactorChangeTests(TwoReplicas replicas, IdentityStores stores)
{
    public static TheoryData<string, string> Changes => new()
    {
        { "POST", "totp" }, { "POST", "totp/confirm" }, { "DELETE", "totp" }, { "POST", "email" }, { "POST", "email/confirm" }, { "DELETE", "email" }, { "POST", "recovery-codes" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_needs_a_fresh_proof(string method, string route)
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddAppAsync();
        replicas.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));

        var refused = (await CallAsync(person.Client, method, route)).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");

        Assert.Equal(["password"], Person.MethodsIn(refused));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_is_for_people_only(string method, string route)
    {
        using var person = await replicas.NewPersonAsync();
        var created = (await person.PostAsync("tokens", new { name = "script", scopes = new[] { "account:read", "servers:write", "messages:write" } })).Expect(HttpStatusCode.Created);
        var exchanged = (await replicas.First.ExchangeTokenAsync(created.Body.GetProperty("token").GetString() ?? "")).Expect(HttpStatusCode.OK);
        using var script = replicas.First.CreateClient(exchanged.Body.GetProperty("accessToken").GetString());
        using var nobody = replicas.First.CreateClient();

        (await CallAsync(script, method, route)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await CallAsync(nobody, method, route)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Each_change_renews_the_security_stamp_and_is_told_by_mail()
    {
        using var person = await replicas.NewPersonAsync();
        await ChangesAsync(person, "asks for a code of an authenticator app", async () => await person.AddAppAsync());
        await ChangesAsync(person, "was replaced", async () => await person.AddAppAsync());
        await ChangesAsync(person, "were turned on", async () => await person.AddMailAsync());
        await ChangesAsync(person, "New recovery codes", async () => (await person.PostAsync("two-factor/recovery-codes")).Expect(HttpStatusCode.OK));
        await ChangesAsync(person, "was removed", async () => (await person.DeleteAsync("two-factor/totp")).Expect(HttpStatusCode.NoContent));
        await ChangesAsync(person, "were turned off", async () => (await person.DeleteAsync("two-factor/email")).Expect(HttpStatusCode.NoContent));
    }

    [Fact]
    public async Task A_refused_change_changes_nothing()
    {
        using var person = await replicas.NewPersonAsync();
        var (other, _, _) = await replicas.First.OpenSessionAsync(person.Username);
        var app = await person.BeginAppAsync();
        var (stamp, mails) = (await StampAsync(person), (await person.SubjectsAsync()).Count);

        (await person.PostAsync("two-factor/totp/confirm", new { code = app.WrongCode(), endOtherSessions = true })).ExpectProblem(HttpStatusCode.BadRequest, "invalid_code");
        (await person.DeleteAsync("two-factor/email?endOtherSessions=true")).ExpectProblem(HttpStatusCode.NotFound, "factor_not_found");

        Assert.Equal(stamp, await StampAsync(person));
        Assert.Equal(mails, (await person.SubjectsAsync()).Count);
        await StandsAsync(other);
    }

    [Fact]
    public async Task Other_sessions_stand_unless_they_are_to_end()
    {
        using var person = await replicas.NewPersonAsync();
        var (first, _, _) = await replicas.First.OpenSessionAsync(person.Username);

        await person.AddAppAsync();
        await StandsAsync(first);
        await person.AddAppAsync(endOtherSessions: true);

        await EndedAsync(first);
        await StandsAsync(person.Token);
    }

    [Theory]
    [InlineData("DELETE", "totp?endOtherSessions=true")]
    [InlineData("POST", "recovery-codes")]
    public async Task Every_change_can_end_the_other_sessions(string method, string route)
    {
        using var person = await replicas.NewPersonAsync();
        var (other, _, _) = await replicas.First.OpenSessionAsync(person.Username);
        await person.AddAppAsync();

        (await CallAsync(person.Client, method, route, new { endOtherSessions = true })).Expect(method == "POST" ? HttpStatusCode.OK : HttpStatusCode.NoContent);

        await EndedAsync(other);
        await StandsAsync(person.Token);
    }

    [Fact]
    public async Task Tokens_for_programs_outlast_the_end_of_sessions()
    {
        using var person = await replicas.NewPersonAsync();
        var created = (await person.PostAsync("tokens", new { name = "script", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created);

        await person.AddAppAsync(endOtherSessions: true);

        (await replicas.First.ExchangeTokenAsync(created.Body.GetProperty("token").GetString() ?? "")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G4_Until_all_services_know_of_the_ended_sessions_the_answer_is_503_and_still_shows_the_codes()
    {
        var address = stores.Stores.Redis.Split(',')[0].Split(':');
        await using var gate = new TcpGate(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
        await using var cut = replicas.Start(new Dictionary<string, string?> { ["ConnectionStrings:redis"] = stores.Stores.Redis.Replace(string.Join(':', address), $"127.0.0.1:{gate.Port}", StringComparison.Ordinal) });
        using var person = await replicas.NewPersonAsync();
        await replicas.First.OpenSessionAsync(person.Username);
        var app = await person.BeginAppAsync();
        using var client = cut.CreateClient(person.Token);
        gate.Shut();

        var answer = (await client.PostBodyAsync("/api/v1/auth/two-factor/totp/confirm", new { code = app.Code(), endOtherSessions = true }))
            .ExpectProblem(HttpStatusCode.ServiceUnavailable, "not_yet_effective");

        Assert.NotNull(answer.Headers.RetryAfter);
        (await person.LoginAsync(Person.CodesIn(answer)[0])).Expect(HttpStatusCode.OK);
        gate.Open();
        await Eventually.HoldsAsync("the other sessions to have ended", async () => (await client.SendAsync(HttpMethod.Delete, "/api/v1/auth/sessions")).Status == HttpStatusCode.NoContent);
    }

    private static Task<Answer> CallAsync(HttpClient client, string method, string route, object? body = null) => method == "POST"
        ? client.PostBodyAsync($"/api/v1/auth/two-factor/{route}", body ?? new { code = "123456" })
        : client.SendAsync(HttpMethod.Delete, $"/api/v1/auth/two-factor/{route}");

    private async Task ChangesAsync(Person person, string told, Func<Task> change)
    {
        var (stamp, mails) = (await StampAsync(person), (await person.SubjectsAsync()).Count);
        await change();
        Assert.NotEqual(stamp, await StampAsync(person));
        var subjects = await person.SubjectsAsync();
        Assert.Single(subjects.Take(subjects.Count - mails), subject => subject.Contains(told, StringComparison.Ordinal));
    }

    private Task<string?> StampAsync(Person person) => replicas.SqlAsync<string>("select security_stamp from accounts where username = $1", person.Username);

    private async Task StandsAsync(string token)
    {
        using var client = replicas.Second.CreateClient(token);
        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    private async Task EndedAsync(string token)
    {
        using var client = replicas.Second.CreateClient(token);
        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
