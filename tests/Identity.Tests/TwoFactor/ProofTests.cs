using System.Net;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.SigningKeys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class ProofTests(TwoReplicas replicas)
{
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Signing_in_is_a_proof_for_five_minutes()
    {
        using var person = await replicas.NewPersonAsync();

        var status = (await person.GetAsync("proof")).Expect(HttpStatusCode.OK);
        Assert.InRange(
            status.Body.GetProperty("provedUntil").GetDateTimeOffset() - replicas.Clock.GetUtcNow(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Equal(["password"], Person.MethodsIn(status));
        replicas.Clock.Advance(Stale);

        Assert.False((await person.GetAsync("proof")).Expect(HttpStatusCode.OK).Body.TryGetProperty("provedUntil", out _));
        Assert.Equal(["password"], Person.MethodsIn((await person.PostAsync("two-factor/totp")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required")));
    }

    [Fact]
    public async Task The_password_proves_it()
    {
        using var person = await StaleAsync();

        (await ProveAsync(person, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.PostAsync("two-factor/totp")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await ProveAsync(person, Calls.Password)).Expect(HttpStatusCode.NoContent);

        (await person.PostAsync("two-factor/totp")).Expect(HttpStatusCode.OK);
        Assert.True((await person.GetAsync("proof")).Body.TryGetProperty("provedUntil", out _));
    }

    [Fact]
    public async Task A_proof_is_the_sessions_own()
    {
        using var person = await StaleAsync();
        var (other, _, _) = await replicas.First.OpenSessionAsync(person.Username);
        replicas.Clock.Advance(Stale);
        using var elsewhere = replicas.First.CreateClient(other);

        (await ProveAsync(person, Calls.Password)).Expect(HttpStatusCode.NoContent);

        (await elsewhere.PostBodyAsync("/api/v1/auth/two-factor/totp", new { })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
    }

    [Fact]
    public async Task With_an_app_its_code_is_needed_as_well()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, codes) = await person.AddAppAsync();
        replicas.Clock.Advance(Stale);

        Assert.Equal(["totp", "recovery"], Person.MethodsIn((await ProveAsync(person, Calls.Password)).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required")));
        (await ProveAsync(person, Calls.Password, app.WrongCode())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await ProveAsync(person, "wrong password", app.Code())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.DeleteAsync("two-factor/totp")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        var code = app.Code();
        (await ProveAsync(person, Calls.Password, code)).Expect(HttpStatusCode.NoContent);
        (await person.LoginAsync(code)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await ProveAsync(person, Calls.Password, codes[0])).Expect(HttpStatusCode.NoContent);

        (await person.DeleteAsync("two-factor/totp")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task With_an_app_the_present_password_alone_does_not_change_the_password()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        replicas.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        var change = new { currentPassword = Calls.Password, newPassword = "something else entirely" };

        (await person.PostAsync("change-password", change)).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");

        (await person.PostAsync("proof", new { password = Calls.Password, code = app.Code() })).Expect(HttpStatusCode.NoContent);
        (await person.PostAsync("change-password", change)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task With_codes_by_mail_one_is_sent()
    {
        using var person = await replicas.NewPersonAsync();
        await person.AddMailAsync();
        replicas.Clock.Advance(Stale);

        (await ProveAsync(person, Calls.Password)).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("confirm that it is you", StringComparison.Ordinal));
        (await ProveAsync(person, Calls.Password, await person.MailedCodeAsync())).Expect(HttpStatusCode.NoContent);

        (await person.DeleteAsync("two-factor/email")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Without_password_and_passkey_a_mailed_code_proves_it()
    {
        using var person = await StaleAsync(password: false);
        Assert.Equal(["mail"], Person.MethodsIn(await person.GetAsync("proof")));
        (await person.PostAsync("proof")).ExpectFieldErrors("code:required");
        (await ProveAsync(person, Calls.Password, "123456")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await person.PostAsync("proof/mail")).Expect(HttpStatusCode.Accepted);
        var code = await person.MailedCodeAsync();
        (await ProveAsync(person, null, code == "000000" ? "000001" : "000000")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await ProveAsync(person, null, code)).Expect(HttpStatusCode.NoContent);
        (await ProveAsync(person, null, code)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await person.PostAsync("two-factor/totp")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_a_password_but_with_an_app_only_the_app_proves_it()
    {
        using var person = await replicas.NewPersonAsync();
        var (app, _) = await person.AddAppAsync();
        await RemovePasswordAsync(person);
        replicas.Clock.Advance(Stale);

        Assert.Equal(["totp", "recovery"], Person.MethodsIn(await person.GetAsync("proof")));
        (await person.PostAsync("proof/mail")).ExpectProblem(HttpStatusCode.Conflict, "method_not_available");
        (await person.PostAsync("proof")).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        (await ProveAsync(person, null, app.WrongCode())).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await ProveAsync(person, null, app.Code())).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Whoever_has_a_password_needs_it()
    {
        using var person = await StaleAsync();

        (await person.PostAsync("proof")).ExpectFieldErrors("password:required");
        (await ProveAsync(person, null, "123456")).ExpectFieldErrors("password:required");
        (await person.PostAsync("proof/mail")).ExpectProblem(HttpStatusCode.Conflict, "method_not_available");
    }

    [Fact]
    public async Task Whoever_has_a_passkey_and_no_password_needs_that()
    {
        using var person = await StaleAsync(password: false);
        await replicas.SqlAsync<object>(
            "insert into account_passkeys (credential_id, account_id, data) select $2, id, '{}' from accounts where username = $1", person.Username, Guid.NewGuid().ToByteArray());

        Assert.Equal(["passkey"], Person.MethodsIn((await ProveAsync(person, null, "123456")).ExpectProblem(HttpStatusCode.Conflict, "method_not_available")));
        (await person.PostAsync("proof/mail")).ExpectProblem(HttpStatusCode.Conflict, "method_not_available");
    }

    [Fact]
    public async Task Wrong_passwords_are_counted_like_those_of_a_sign_in()
    {
        using var person = await StaleAsync();
        for (var i = 0; i < 5; i++)
            (await ProveAsync(person, "wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.NotNull((await ProveAsync(person, Calls.Password)).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts").Headers.RetryAfter);

        // The browser that the session belongs to has its own tries.
        var known = await person.Client.PostBodyAsync("/api/v1/auth/proof", new { password = Calls.Password }, ("Cookie", person.DeviceCookie));
        known.Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Wrong_mailed_codes_are_counted()
    {
        using var person = await StaleAsync(password: false);
        for (var i = 0; i < 5; i++)
            (await ProveAsync(person, null, "12345")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");

        (await ProveAsync(person, null, "123456")).ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    [Fact]
    public async Task Fields_are_bounded()
    {
        using var person = await replicas.NewPersonAsync();

        (await ProveAsync(person, new string('p', 129), new string('1', 65))).ExpectFieldErrors("code:too_long", "password:too_long");
        (await person.Client.PostBodyAsync("/api/v1/auth/proof", Calls.Json("""{"password":1}"""))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Nobody_proves_nothing()
    {
        using var nobody = replicas.First.CreateClient();

        (await nobody.PostBodyAsync("/api/v1/auth/proof", new { password = Calls.Password })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await nobody.PostBodyAsync("/api/v1/auth/proof/mail", new { })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await nobody.ReadAsync("/api/v1/auth/proof")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    /// <param name="kind">1: a personal access token, 2: a grant.</param>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public async Task A_token_neither_gives_a_proof_nor_passes_for_one(int kind, bool scoped)
    {
        using var person = await replicas.NewPersonAsync();

        // As if its session had proved something, which no route does.
        await replicas.SqlAsync<object>("update sessions set kind = $1 where id = $2", kind, person.Session);
        using var client = replicas.First.CreateClient(await TokenAsync(person, scoped ? ["account:read", "servers:read", "messages:read"] : null));

        var (proof, change) = scoped ? ("insufficient_scope", "insufficient_scope") : ("proof_not_possible", "proof_required");
        (await client.PostBodyAsync("/api/v1/auth/proof", new { password = Calls.Password })).ExpectProblem(HttpStatusCode.Forbidden, proof);
        (await client.PostBodyAsync("/api/v1/auth/two-factor/totp", new { })).ExpectProblem(HttpStatusCode.Forbidden, change);
    }

    private static Task<Answer> ProveAsync(Person person, string? password, string? code = null) => person.PostAsync("proof", new { password, code });

    /// <summary>Somebody who signed in a while ago.</summary>
    private async Task<Person> StaleAsync(bool password = true)
    {
        var person = await replicas.NewPersonAsync();
        if (!password)
            await RemovePasswordAsync(person);
        replicas.Clock.Advance(Stale);
        return person;
    }

    private Task<object?> RemovePasswordAsync(Person person) => replicas.SqlAsync<object>("update accounts set password_hash = null where username = $1", person.Username);

    private async Task<string> TokenAsync(Person person, IReadOnlyCollection<string>? scopes)
    {
        await using var scope = replicas.First.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var session = await db.Sessions.SingleAsync(s => s.Id == person.Session, Calls.Cancel);
        Account account = await db.Users.SingleAsync(a => a.Id == session.AccountId, Calls.Cancel);
        return scope.ServiceProvider.GetRequiredService<AccessTokens>().Issue(account, session, scopes).Text;
    }
}
