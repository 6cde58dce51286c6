using System.Net;
using Chat.Identity.Tests.Administration;
using Chat.Stores;

namespace Chat.Identity.Tests.Lifecycle;

public sealed class ErasureTests(IdentityStores stores)
{
    [Fact]
    public async Task An_account_is_kept_for_its_grace_and_then_erased_once_by_two_replicas()
    {
        var database = await stores.CreateDatabaseAsync();
        var clock = new OffsetClock();
        await using var service = Start(database, clock);
        await using var replica = Start(database, clock);
        await using var deleted = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserDeleted");
        await using var updated = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");
        using var admin = await Person.NewAsync(service);
        var people = new List<Person>();
        for (var i = 0; i < 5; i++)
            people.Add(await Person.NewAsync(service));
        var person = people[0];
        var (bot, botName) = await person.NewBotAsync();
        foreach (var one in people)
            (await one.DeleteAsync("users/@me")).Expect(HttpStatusCode.Accepted);

        clock.Advance(TimeSpan.FromDays(13.9));
        (await person.Client.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Forbidden, "account_deleting");
        (await person.PostAsync("auth/login", new { login = people[1].Username, password = Calls.Password, reactivate = true })).Expect(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromDays(0.2));
        await Eventually.HoldsAsync("four accounts and a bot to be erased", async () => await Sql.ReadAsync<long>(database, "select count(*) from accounts where state = 4") == 5);

        Assert.Equal(0, await Sql.ReadAsync<int>(database, "select state from accounts where id = $1", people[1].Id));
        Assert.Matches("^deleted_[0-9a-f]{12}$", await Sql.ReadAsync<string>(database, "select username from accounts where id = $1", person.Id));
        (await person.Client.LoginAsync(person.Username)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.Client.LoginAsync(person.Email)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await person.PostAsync("auth/login", new { login = person.Username, password = Calls.Password, reactivate = true })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        // Name and address are free.
        (await person.Client.RegisterAsync(person.Username)).Expect(HttpStatusCode.Created);
        await service.OpenSessionAsync(person.Username);
        (await person.PostAsync("auth/register", Calls.Registration(botName))).Expect(HttpStatusCode.Created);

        var expected = people.Where(p => p != people[1]).Select(p => p.Id).Append(bot).Order().ToList();
        var gone = new List<Guid>();
        await Eventually.HoldsAsync("every account's event", async () =>
        {
            gone.AddRange((await deleted.TakeBodiesAsync()).Select(e => e.GetProperty("user").GetGuid()).Where(expected.Contains));
            return gone.Count >= expected.Count;
        });
        Assert.Equal(expected, gone.Order());
        var renamed = new List<System.Text.Json.JsonElement>();
        await Eventually.HoldsAsync("every account's new name", async () =>
        {
            renamed.AddRange((await updated.TakeBodiesAsync()).Where(e => expected.Contains(e.GetProperty("user").GetGuid()) && e.GetProperty("displayName").GetString() == "Deleted user"));
            return renamed.Count >= expected.Count;
        });
        Assert.Equal(expected, renamed.Select(e => e.GetProperty("user").GetGuid()).Order());
        Assert.All(renamed, e => Assert.StartsWith("deleted_", e.GetProperty("username").GetString(), StringComparison.Ordinal));
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from accounts where delete_at is not null"));
        people.ForEach(p => p.Dispose());
    }

    [Fact]
    public async Task Nobody_can_call_themselves_like_somebody_erased()
    {
        using var nobody = stores.Shared.CreateClient();
        (await nobody.PostBodyAsync("/api/v1/auth/register", Calls.Registration("Deleted_0123456789ab"))).ExpectFieldErrors("username:reserved");
    }

    [Fact]
    public async Task A_clients_grants_end_everywhere_before_it_goes()
    {
        var database = await stores.CreateDatabaseAsync();
        var clock = new OffsetClock();
        await using var service = Start(database, clock);
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "SessionRevoked");
        using var admin = await Person.NewAsync(service);
        using var owner = await Person.NewAsync(service);
        const int grants = 1100;
        await Sql.RunAsync(database, "insert into oauth_clients (id, owner_id, name, redirect_uris, scopes, grants, created_at) values ('app', $1, 'App', '{}', '{}', '{}', now())", owner.Id);
        await Sql.RunAsync(database, """
            with s as (insert into sessions (id, account_id, kind, created_at, last_seen_at, expires_at)
                select gen_random_uuid(), $1, 2, now(), now(), now() + interval '90 days' from generate_series(1, $2) returning id)
            insert into oauth_grants (id, client_id, account_id, scopes, authenticated_at, authentication_methods) select id, 'app', $1, '{}', now(), '{}' from s
            """, admin.Id, grants);
        (await owner.DeleteAsync("users/@me")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(grants, await Sql.ReadAsync<long>(database, "select count(*) from sessions where kind = 2 and revoked_at is null"));

        clock.Advance(TimeSpan.FromDays(15));
        await Eventually.HoldsAsync("the client to be gone", async () => await Sql.ReadAsync<long>(database, "select count(*) from oauth_clients") == 0);

        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from sessions where kind = 2 and revoked_at is null"));
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from oauth_grants"));
        var told = 0;
        await Eventually.HoldsAsync("every grant's event", async () => (told += (await queue.TakeBodiesAsync()).Count(e => e.GetProperty("user").GetGuid() == admin.Id)) >= grants);
        Assert.Equal(grants, told);
    }

    [Theory]
    [InlineData("23:59:59")]
    [InlineData("-1.00:00:00")]
    [InlineData("soon")]
    public void A_grace_that_makes_no_sense_prevents_the_start(string grace) =>
        Assert.Contains("DeletionGrace", Assert.ThrowsAny<Exception>(() =>
            stores.Start(stores.Database, new Dictionary<string, string?> { ["Accounts:DeletionGrace"] = grace })).Message, StringComparison.Ordinal);

    private RunningService<IdentityService> Start(string database, OffsetClock clock) =>
        stores.Start(database, new Dictionary<string, string?> { ["Accounts:EraseEvery"] = "00:00:00.1" }, services => services.AddClock(clock));
}
