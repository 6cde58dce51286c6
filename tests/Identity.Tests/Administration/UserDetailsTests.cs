using System.Net;

namespace Chat.Identity.Tests.Administration;

public sealed class UserDetailsTests(IdentityStores stores)
{
    [Fact]
    public async Task An_account_is_shown_with_how_it_signs_in_and_without_secrets()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        await stores.Shared.OpenSessionAsync(person.Username);
        var token = await person.NewTokenAsync();
        await person.NewBotAsync();
        await Sql.RunAsync(stores.Database, "insert into second_factors (account_id, totp_secret, totp_enabled_at, totp_last_step) values ($1, '\\x736563726574', now(), 0)", person.Id);
        await Sql.RunAsync(stores.Database, "insert into recovery_codes (account_id, hash) values ($1, '\\x01'), ($1, '\\x02')", person.Id);
        await Sql.RunAsync(stores.Database, "insert into account_logins (provider, provider_key, account_id) values ('github', $2, $1)", person.Id, person.Username);

        var answer = (await admin.ReadAsync($"admin/users/{person.Id}")).Expect(HttpStatusCode.OK);

        Assert.Equal(person.Username, answer.Body.GetProperty("user").GetProperty("username").GetString());
        Assert.Equal(person.Email, answer.Body.GetProperty("user").GetProperty("email").GetString());
        Assert.True(answer.Body.GetProperty("password").GetBoolean());
        Assert.Equal("""{"totp":true,"email":false,"recoveryCodes":2}""", answer.Body.GetProperty("twoFactor").GetRawText());
        Assert.Equal("""{"browser":2,"tokens":1,"grants":0}""", answer.Body.GetProperty("sessions").GetRawText());
        Assert.Equal("github", Assert.Single(answer.Body.GetProperty("logins").EnumerateArray()).GetString());
        Assert.Equal(1, answer.Body.GetProperty("bots").GetInt32());
        Assert.Equal(0, answer.Body.GetProperty("passkeys").GetInt32());
        Assert.DoesNotContain(token, answer.Text, StringComparison.Ordinal);
        foreach (var secret in new[] { "hash", "secret", "stamp", "736563726574" })
            Assert.DoesNotContain(secret, answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Who_does_not_exist_is_not_found()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);

        (await admin.ReadAsync($"admin/users/{Guid.CreateVersion7()}")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await admin.ReadAsync("admin/users/x")).Expect(HttpStatusCode.NotFound);
    }
}
