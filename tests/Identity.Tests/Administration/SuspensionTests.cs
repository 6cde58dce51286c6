using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests.Administration;

public sealed class SuspensionTests(IdentityStores stores)
{
    [Fact]
    public async Task G4_After_the_answer_nothing_by_the_account_is_accepted_anywhere()
    {
        await using var replica = stores.Start(stores.Database);
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "SessionRevoked");
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        using var elsewhere = person.At(replica);
        var second = await stores.Shared.OpenSessionAsync(person.Username);
        var token = await person.NewTokenAsync();
        var access = (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.OK).Body;
        using var script = replica.CreateClient(access.GetProperty("accessToken").GetString());
        (await script.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);

        (await elsewhere.ReadAsync("users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await script.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await replica.ExchangeAsync(person.Cookie)).Expect(HttpStatusCode.NotFound);
        (await replica.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);
        var revoked = (await queue.TakeBodiesAsync()).Where(e => e.GetProperty("user").GetGuid() == person.Id).Select(e => e.GetProperty("session").GetGuid());
        Assert.Equal(new[] { person.Session, second.Session, access.GetProperty("session").GetGuid() }.Order(), revoked.Order());
        foreach (var body in new object[] { new { login = person.Username, password = Calls.Password }, new { login = person.Email, password = Calls.Password, reactivate = true } })
            (await elsewhere.PostAsync("auth/login", body)).ExpectProblem(HttpStatusCode.Forbidden, "account_suspended");
        Assert.Contains("was suspended by an administrator", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
    }

    [Fact]
    public async Task G4_A_suspended_owners_bots_stand_still()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        var (bot, _) = await person.NewBotAsync();
        var token = await person.NewTokenAsync(bot);
        var access = (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString();
        using var program = stores.Shared.CreateClient(access);

        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        (await program.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);

        // Back, they need tokens anew, as after any end of a session.
        (await admin.EnableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);
        var (session, _, _) = await stores.Shared.OpenSessionAsync(person.Username);
        using var owner = stores.Shared.CreateClient(session);
        var renewed = (await owner.PostBodyAsync("/api/v1/auth/tokens", new { name = "again", scopes = new[] { "account:read" }, bot })).Expect(HttpStatusCode.Created);
        (await stores.Shared.ExchangeTokenAsync(renewed.Body.GetProperty("token").GetString() ?? "")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_bot_is_suspended_by_itself_and_its_owner_hears_of_it()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        var (bot, name) = await person.NewBotAsync();
        var token = await person.NewTokenAsync(bot);

        (await admin.DisableAsync(bot)).Expect(HttpStatusCode.NoContent);

        (await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.NotFound);
        (await person.PostAsync("auth/tokens", new { name = "again", scopes = new[] { "account:read" }, bot })).ExpectProblem(HttpStatusCode.NotFound, "bot_not_found");
        (await person.ReadAsync("users/@me")).Expect(HttpStatusCode.OK);
        Assert.Contains($"Your bot {name}'s account was suspended", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lifted_suspension_lets_in_again_and_both_are_written_down()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);

        (await admin.DisableAsync(person.Id, "spam")).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(person.Id, "spam again")).Expect(HttpStatusCode.NoContent);
        (await admin.EnableAsync(person.Id, "appeal")).Expect(HttpStatusCode.NoContent);
        (await admin.EnableAsync(person.Id, "appeal again")).Expect(HttpStatusCode.NoContent);

        Assert.Contains("no longer suspended", await stores.Shared.MailedTextAsync(person.Username), StringComparison.Ordinal);
        await stores.Shared.OpenSessionAsync(person.Username);
        var log = (await admin.ReadAsync($"admin/audit-log?target={person.Id}")).Expect(HttpStatusCode.OK).Body.GetProperty("items");
        Assert.Equal(["user.restored", "user.suspended"], log.EnumerateArray().Select(e => e.GetProperty("action").GetString()));
        Assert.Equal("""{"state":"active"}""", log[1].GetProperty("before").GetRawText());
        Assert.Equal("""{"state":"suspended"}""", log[1].GetProperty("after").GetRawText());
        Assert.Equal("spam", log[1].GetProperty("reason").GetString());
        Assert.Equal(admin.Id, log[1].GetProperty("actor").GetGuid());
        Assert.Equal("127.0.0.1", log[1].GetProperty("address").GetString());
    }

    [Fact]
    public async Task What_its_owner_has_disabled_is_not_an_administrators_to_enable()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        (await person.PostAsync("users/@me/disable", new { })).Expect(HttpStatusCode.NoContent);

        (await admin.EnableAsync(person.Id)).ExpectProblem(HttpStatusCode.Conflict, "account_not_suspended");
    }

    [Fact]
    public async Task A_suspension_does_not_take_back_a_deletion()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var person = await Person.NewAsync(stores.Shared);
        (await person.DeleteAsync("users/@me")).Expect(HttpStatusCode.Accepted);

        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.EnableAsync(person.Id)).Expect(HttpStatusCode.NoContent);

        using var nobody = stores.Shared.CreateClient();
        (await nobody.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_deleting");
    }

    [Fact]
    public async Task G4_Without_RabbitMQ_it_is_done_but_not_answered_as_done_and_repeating_asks_again()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database, new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = "amqp://nobody:nothing@127.0.0.1:1" });
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);

        for (var i = 0; i < 2; i++)
            Assert.NotNull((await admin.DisableAsync(person.Id)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "not_yet_effective").Headers.RetryAfter);

        (await person.ReadAsync("users/@me")).Expect(HttpStatusCode.Unauthorized);
        Assert.Equal(1, await Sql.ReadAsync<long>(database, "select count(*) from audit_entries"));
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        await using var service = stores.Start(await stores.CreateDatabaseAsync());
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);

        (await admin.DisableAsync(admin.Id)).ExpectProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.ChangeRoleAsync(admin.Id, "user")).ExpectProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.PostAsync("users/@me/disable", new { })).ExpectProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.DeleteAsync("users/@me")).ExpectProblem(HttpStatusCode.Conflict, "last_admin");

        // A suspended administrator is none.
        (await admin.ChangeRoleAsync(person.Id, "admin")).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(admin.Id)).ExpectProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.EnableAsync(person.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.DisableAsync(admin.Id)).Expect(HttpStatusCode.NoContent);
        (await admin.ReadAsync("users/@me")).Expect(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("demote")]
    [InlineData("suspend")]
    [InlineData("leave")]
    public async Task Of_two_administrators_who_end_each_other_in_parallel_one_is_left(string how)
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        await using var replica = stores.Start(database);
        for (var round = 0; round < 5; round++)
        {
            using var first = await Person.NewAdminAsync(service, database);
            using var second = await Person.NewAdminAsync(service, database);
            await Sql.RunAsync(database, "update accounts set role = 0 where id <> $1 and id <> $2", first.Id, second.Id);
            using var elsewhere = second.At(replica);

            var answers = await Task.WhenAll(ActAsync(first, second.Id), ActAsync(elsewhere, first.Id));

            Assert.Single(answers, a => a.Status is HttpStatusCode.NoContent or HttpStatusCode.Accepted);
            Assert.Equal(1, await Sql.ReadAsync<long>(database, "select count(*) from accounts where role = 1 and state = 0"));
        }

        Task<Answer> ActAsync(Person admin, Guid other) => how switch
        {
            "demote" => admin.ChangeRoleAsync(other, "user"),
            "suspend" => admin.DisableAsync(other),
            _ => admin.DeleteAsync("users/@me"),
        };
    }
}
