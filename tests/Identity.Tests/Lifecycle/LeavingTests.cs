using System.Net;
using Chat.Identity.Tests.Administration;

namespace Chat.Identity.Tests.Lifecycle;

public sealed class LeavingTests(IdentityStores stores)
{
    [Fact]
    public async Task G4_A_disabled_account_is_in_use_nowhere_until_it_is_wanted_back()
    {
        await using var replica = stores.Start(stores.Database);
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        using var elsewhere = person.At(replica);
        var other = await stores.Shared.OpenSessionAsync(person.Username);
        var (bot, _) = await person.NewBotAsync();
        string[] tokens = [await person.NewTokenAsync(), await person.NewTokenAsync(bot)];

        var answer = (await person.PostAsync("users/@me/disable", new { })).Expect(HttpStatusCode.NoContent);

        Assert.StartsWith("chat_session=; expires=Thu, 01 Jan 1970", Assert.Single(answer.SetCookies), StringComparison.Ordinal);
        (await elsewhere.ReadAsync("users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await replica.ExchangeAsync(other.Cookie)).Expect(HttpStatusCode.NotFound);
        foreach (var token in tokens)
            (await replica.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);
        Assert.Contains("Your account was disabled", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);

        (await person.Client.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
        var back = (await person.PostAsync("auth/login", new { login = person.Username, password = Calls.Password, reactivate = true })).Expect(HttpStatusCode.OK);
        (await stores.Shared.ExchangeAsync(back.SessionCookie)).Expect(HttpStatusCode.OK);
        (await replica.ExchangeTokenAsync(tokens[0])).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_deleted_account_can_be_had_back_for_fourteen_days()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        var token = await person.NewTokenAsync();

        var answer = (await person.DeleteAsync("users/@me")).Expect(HttpStatusCode.Accepted);

        var deleteAt = answer.Body.GetProperty("deleteAt").GetDateTimeOffset();
        Assert.InRange(deleteAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(14) - TimeSpan.FromMinutes(1), TimeSpan.FromDays(14));
        Assert.StartsWith("chat_session=; expires=Thu, 01 Jan 1970", Assert.Single(answer.SetCookies), StringComparison.Ordinal);
        Assert.Contains($"deleted on {deleteAt:yyyy-MM-dd}, unless you sign in before", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
        (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);

        // The session that asked is gone with the others.
        (await person.DeleteAsync("users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var refused = (await person.Client.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_deleting");
        Assert.Equal(deleteAt, refused.Body.GetProperty("deleteAt").GetDateTimeOffset());
        (await person.PostAsync("auth/login", new { login = person.Username, password = Calls.Password, reactivate = true })).Expect(HttpStatusCode.OK);
        await stores.Shared.OpenSessionAsync(person.Username);
    }

    [Theory]
    [InlineData("POST", "users/@me/disable")]
    [InlineData("DELETE", "users/@me")]
    [InlineData("GET", "users/@me/export")]
    public async Task Leaving_and_exporting_ask_for_a_fresh_proof_and_take_no_token(string method, string path)
    {
        using var person = await Person.NewAsync(stores.Shared);
        var exchanged = (await stores.Shared.ExchangeTokenAsync(await person.NewTokenAsync())).Expect(HttpStatusCode.OK);
        using var script = stores.Shared.CreateClient(exchanged.Body.GetProperty("accessToken").GetString());
        using var nobody = stores.Shared.CreateClient();
        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() - interval '6 minutes' where id = $1", person.Session);

        (await person.Client.SendAsync(new HttpMethod(method), $"/api/v1/{path}")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await script.SendAsync(new HttpMethod(method), $"/api/v1/{path}")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await nobody.SendAsync(new HttpMethod(method), $"/api/v1/{path}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task G4_Without_RabbitMQ_the_deletion_is_asked_for_but_not_answered_as_effective()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database, new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = "amqp://nobody:nothing@127.0.0.1:1" });
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);

        var answer = (await person.DeleteAsync("users/@me")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "not_yet_effective");

        Assert.Single(answer.SetCookies);
        (await person.ReadAsync("users/@me")).Expect(HttpStatusCode.Unauthorized);
        (await service.ExchangeAsync(person.Cookie)).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_sign_in_under_way_does_not_outlive_the_end_of_all_sessions()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        using var nobody = stores.Shared.CreateClient();

        var signIns = Enumerable.Range(0, 10).Select(_ => nobody.LoginAsync(person.Username)).ToList();
        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        await Task.WhenAll(signIns);

        Assert.Equal(0, await Sql.ReadAsync<long>(stores.Database, "select count(*) from sessions where account_id = $1 and revoked_at is null", person.Id));
    }
}
