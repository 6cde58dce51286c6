using System.Net;

namespace Chat.Identity.Tests.Administration;

public sealed class AdminActTests(IdentityStores stores)
{
    [Fact]
    public async Task G4_Ended_sessions_and_tokens_are_refused_from_the_answer_on()
    {
        await using var replica = stores.Start(stores.Database);
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        using var elsewhere = person.At(replica);
        var token = await person.NewTokenAsync();

        (await admin.DeleteAsync($"admin/users/{person.Id}/sessions", "Gerät verloren 📱")).Expect(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"admin/users/{person.Id}/sessions", "once more")).Expect(HttpStatusCode.NoContent);

        (await elsewhere.ReadAsync("users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);
        Assert.Contains("ended by an administrator", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
        await stores.Shared.OpenSessionAsync(person.Username);
        var entry = Assert.Single((await admin.ReadAsync($"admin/audit-log?target={person.Id}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        Assert.Equal("user.sessions_ended", entry.GetProperty("action").GetString());
        Assert.Equal("Gerät verloren 📱", entry.GetProperty("reason").GetString());
        Assert.Equal("""{"sessions":2}""", entry.GetProperty("before").GetRawText());
    }

    [Fact]
    public async Task A_lost_second_factor_is_turned_off()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "insert into second_factors (account_id, totp_secret, totp_enabled_at, totp_last_step) values ($1, '\\x01', now(), 0)", person.Id);
        await Sql.RunAsync(stores.Database, "insert into recovery_codes (account_id, hash) values ($1, '\\x01')", person.Id);
        (await person.Client.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");

        (await admin.DeleteAsync($"admin/users/{person.Id}/two-factor", "phone lost, identity checked")).Expect(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"admin/users/{person.Id}/two-factor", "again")).Expect(HttpStatusCode.NoContent);

        Assert.Contains("second factor was turned off", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
        await stores.Shared.OpenSessionAsync(person.Username);
        Assert.Equal(0, await Sql.ReadAsync<long>(stores.Database, "select count(*) from recovery_codes where account_id = $1", person.Id));
        var entry = Assert.Single((await admin.ReadAsync($"admin/audit-log?target={person.Id}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        Assert.Equal("user.two_factor_removed", entry.GetProperty("action").GetString());
        Assert.Equal("""{"totp":true,"email":false,"recoveryCodes":1}""", entry.GetProperty("before").GetRawText());
    }

    [Fact]
    public async Task A_role_is_given_and_taken_and_its_person_told()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);

        (await admin.ChangeRoleAsync(person.Id, "admin")).Expect(HttpStatusCode.NoContent);
        (await admin.ChangeRoleAsync(person.Id, "admin")).Expect(HttpStatusCode.NoContent);
        Assert.Contains("You are an administrator", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
        (await admin.ChangeRoleAsync(person.Id, "user")).Expect(HttpStatusCode.NoContent);
        Assert.Contains("You are no longer an administrator", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);

        var log = (await admin.ReadAsync($"admin/audit-log?target={person.Id}&action=user.role_changed")).Expect(HttpStatusCode.OK).Body.GetProperty("items");
        Assert.Equal(["""{"role":"user"}""", """{"role":"admin"}"""], log.EnumerateArray().Select(e => e.GetProperty("after").GetRawText()));
    }

    [Fact]
    public async Task Neither_a_bot_nor_an_account_without_verified_address_becomes_an_administrator()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        var (bot, _) = await admin.NewBotAsync();
        var unverified = (await admin.PostAsync("auth/register", Calls.Registration(Calls.NewName()))).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();

        foreach (var id in new[] { bot, unverified })
            (await admin.ChangeRoleAsync(id, "admin")).ExpectProblem(HttpStatusCode.Conflict, "account_not_eligible");
    }

    [Fact]
    public async Task A_reason_is_asked_for_everywhere()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        var user = $"admin/users/{person.Id}";
        var tooLong = new string('x', 513);

        (await admin.PostAsync($"{user}/disable", new { })).ExpectFieldErrors("reason:required");
        (await admin.DisableAsync(person.Id, "  ")).ExpectFieldErrors("reason:required");
        (await admin.DisableAsync(person.Id, tooLong)).ExpectFieldErrors("reason:too_long");
        (await admin.DisableAsync(person.Id, "two\nlines")).ExpectFieldErrors("reason:invalid");
        (await admin.DisableAsync(person.Id, "nul\0")).ExpectFieldErrors("reason:invalid");
        (await admin.EnableAsync(person.Id, "")).ExpectFieldErrors("reason:required");
        (await admin.PutAsync($"{user}/role", new { })).ExpectFieldErrors("role:required", "reason:required");
        (await admin.ChangeRoleAsync(person.Id, "owner")).ExpectFieldErrors("role:invalid");
        foreach (var what in new[] { "sessions", "two-factor" })
        {
            (await admin.DeleteAsync($"{user}/{what}")).ExpectFieldErrors("X-Audit-Reason:required");
            (await admin.DeleteAsync($"{user}/{what}", tooLong)).ExpectFieldErrors("X-Audit-Reason:too_long");
            (await admin.DeleteAsync($"{user}/{what}", "a\0b")).ExpectFieldErrors("X-Audit-Reason:invalid");
        }

        (await person.ReadAsync("users/@me")).Expect(HttpStatusCode.OK);
        (await admin.DisableAsync(person.Id, new string('x', 512))).Expect(HttpStatusCode.NoContent);
        Assert.Equal(1, (await admin.ReadAsync($"admin/audit-log?actor={admin.Id}")).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Who_does_not_exist_or_was_erased_is_not_found()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "update accounts set state = 4 where id = $1", person.Id);

        foreach (var id in new[] { person.Id, Guid.CreateVersion7() })
        {
            (await admin.DisableAsync(id)).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
            (await admin.EnableAsync(id)).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
            (await admin.ChangeRoleAsync(id, "admin")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
            (await admin.DeleteAsync($"admin/users/{id}/sessions", "x")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
            (await admin.DeleteAsync($"admin/users/{id}/two-factor", "x")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        }
    }
}
