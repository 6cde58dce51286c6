using System.Net;
using Chat.Identity.Tests.Administration;

namespace Chat.Identity.Tests;

/// <summary>Requests that had got past every check when what they stand on was taken away.</summary>
public sealed class UnderWayTests(IdentityStores stores)
{
    private const string NewPassword = "something else entirely";

    [Theory]
    [InlineData("POST", "auth/tokens", """{"name":"script","scopes":["account:read"]}""", "select count(*) from personal_tokens where owner_id = $1")]
    [InlineData("POST", "auth/bots", """{"username":"%"}""", "select count(*) from accounts where owner_id = $1")]
    [InlineData("POST", "auth/clients", """{"name":"App","redirectUris":["https://app.example.org/"],"scopes":["openid"],"grants":["authorization_code"]}""", "select count(*) from oauth_clients where owner_id = $1")]
    [InlineData("POST", "auth/two-factor/totp", "{}", "select count(*) from second_factors where account_id = $1")]
    [InlineData("POST", "auth/change-email", """{"email":"%@example.org"}""", "select count(*) from outgoing_mails where account_id = $1 and kind = 2")]
    [InlineData("POST", "auth/change-password", """{"currentPassword":"correct horse battery staple","newPassword":"something else entirely"}""", "select count(*) from accounts where id = $1 and password_changed_at is not null")]
    [InlineData("PATCH", "users/@me", """{"about":"Gardening."}""", "select count(*) from accounts where id = $1 and about is not null")]
    [InlineData("POST", "users/@me/disable", "{}", "select count(*) from accounts where id = $1 and state <> 0")]
    public async Task G4_What_a_session_was_doing_when_it_ended_is_not_done(string method, string path, string body, string done)
    {
        using var person = await Person.NewAsync(stores.Shared);
        await using var held = await HeldAccount.TakeAsync(stores.Database, person.Username);
        var asked = person.Client.SendBodyAsync(new HttpMethod(method), $"/api/v1/{path}", Calls.Json(body.Replace("%", Calls.NewName(), StringComparison.Ordinal)));
        await held.WaitedForAsync();

        await held.RunAsync("update sessions set revoked_at = now() where id = $1", person.Session);
        await held.ReleaseAsync();

        (await asked).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(0, await Sql.ReadAsync<long>(stores.Database, done, person.Id));
    }

    [Theory]
    [InlineData("DELETE", "auth/sessions", null)]
    [InlineData("POST", "auth/reset-password", NewPassword)]
    public async Task G4_No_token_is_made_by_a_session_that_is_being_ended(string method, string path, string? password)
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var owner = await Person.NewAsync(service);
        var intruder = await service.OpenSessionAsync(owner.Username);
        using var elsewhere = service.CreateClient(intruder.Token);
        (await elsewhere.ForgotAsync(owner.Email)).Expect(HttpStatusCode.Accepted);
        var token = await elsewhere.TokenToAsync(owner.Email);
        await using var held = await HeldAccount.TakeAsync(database, owner.Username);
        var ending = owner.Client.SendBodyAsync(new HttpMethod(method), $"/api/v1/{path}", new { token, password });
        await held.WaitedForAsync();
        var making = elsewhere.PostBodyAsync("/api/v1/auth/tokens", new { name = "mine", scopes = new[] { "account:read" } });
        await held.WaitedForAsync(2);

        await held.ReleaseAsync();

        (await ending).Expect(HttpStatusCode.NoContent);
        (await making).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from personal_tokens"));
    }

    [Fact]
    public async Task G4_An_administrator_whose_session_ended_meanwhile_does_nothing_any_more()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var other = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        await using var held = await HeldAccount.TakeAsync(stores.Database, person.Username);
        var first = other.DisableAsync(person.Id);
        await held.WaitedForAsync();
        var second = admin.EnableAsync(person.Id);
        await held.WaitedForAsync(2);

        await held.RunAsync("update sessions set revoked_at = now() where id = $1", admin.Session);
        await held.ReleaseAsync();

        (await first).Expect(HttpStatusCode.NoContent);
        (await second).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(2, await Sql.ReadAsync<int>(stores.Database, "select state from accounts where id = $1", person.Id));
    }

    [Fact]
    public async Task An_account_that_is_suspended_while_its_owner_takes_it_back_stays_so_and_nobody_is_told_otherwise()
    {
        using var person = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "update accounts set state = 1 where id = $1", person.Id);
        await using var held = await HeldAccount.TakeAsync(stores.Database, person.Username);
        var back = person.PostAsync("auth/login", new { login = person.Username, password = Calls.Password, reactivate = true });
        await held.WaitedForAsync();

        await held.RunAsync("update accounts set state = 2 where id = $1", person.Id);
        await held.ReleaseAsync();

        (await back).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.Equal(2, await Sql.ReadAsync<int>(stores.Database, "select state from accounts where id = $1", person.Id));
        using var nobody = stores.Shared.CreateClient();
        Assert.DoesNotContain(await nobody.MailsToAsync(person.Email), mail => mail.Subject.Contains("in use again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_account_that_is_taken_back_twice_at_once_is_told_once()
    {
        using var person = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "update accounts set state = 1 where id = $1", person.Id);
        await using var held = await HeldAccount.TakeAsync(stores.Database, person.Username);
        var back = Enumerable.Range(0, 2).Select(_ => person.PostAsync("auth/login", new { login = person.Username, password = Calls.Password, reactivate = true })).ToList();
        await held.WaitedForAsync(2);

        await held.ReleaseAsync();

        Assert.All(await Task.WhenAll(back), answer => answer.Expect(HttpStatusCode.OK));
        using var nobody = stores.Shared.CreateClient();
        Assert.Single(await nobody.MailsToAsync(person.Email), mail => mail.Subject.Contains("in use again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_for_another_address_that_was_asked_for_before_the_password_changed_is_not_mailed_after_it()
    {
        using var person = await Person.NewAsync(stores.Shared);
        using var nobody = stores.Shared.CreateClient();
        var address = $"{Calls.NewName()}@example.org";
        (await person.PostAsync("auth/change-password", new { currentPassword = Calls.Password, newPassword = NewPassword })).Expect(HttpStatusCode.NoContent);

        // It has waited for the mail server meanwhile.
        await Sql.RunAsync(
            stores.Database,
            "insert into outgoing_mails (id, kind, address, account_id, created_at, due_at, attempts) values (gen_random_uuid(), 2, $1, $2, now() - interval '1 minute', now(), 3)",
            address, person.Id);

        Assert.Empty(await nobody.MailsToAsync(address));
        (await person.PostAsync("auth/change-email", new { email = address })).Expect(HttpStatusCode.Accepted);
        Assert.Single(await nobody.MailsToAsync(address));
    }

    [Fact]
    public async Task A_link_for_another_address_that_was_made_while_the_password_changed_is_void()
    {
        using var person = await Person.NewAsync(stores.Shared);
        using var nobody = stores.Shared.CreateClient();
        var address = $"{Calls.NewName()}@example.org";
        (await person.PostAsync("auth/change-email", new { email = address })).Expect(HttpStatusCode.Accepted);
        var token = await nobody.TokenToAsync(address);

        // Its writer had the account in view as it was before.
        await Sql.RunAsync(stores.Database, "update accounts set password_changed_at = now() where id = $1", person.Id);

        (await nobody.ConfirmEmailAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }
}
