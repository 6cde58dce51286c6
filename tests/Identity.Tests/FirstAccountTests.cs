using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>Who becomes administrator, and who is gone again after a week.</summary>
public sealed class FirstAccountTests(IdentityStores stores)
{
    [Fact]
    public async Task The_first_who_verifies_is_the_administrator_and_not_the_first_who_registers()
    {
        await using var service = stores.Start(await stores.CreateDatabaseAsync());
        using var client = service.CreateClient();
        var waiting = await client.RegisterUnverifiedAsync();

        var (_, first, _, _) = await service.NewPersonAsync();
        var (_, second, _, _) = await service.NewPersonAsync();
        (await client.VerifyAsync(await client.TokenToAsync($"{waiting}@example.org"))).Expect(HttpStatusCode.NoContent);
        var (third, _, _) = await service.OpenSessionAsync(waiting);

        Assert.Equal(["admin", "user", "user"], [await RoleAsync(service, first), await RoleAsync(service, second), await RoleAsync(service, third)]);
    }

    [Fact]
    public async Task Of_two_first_verifications_at_once_one_makes_an_administrator()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        await using var replica = stores.Start(database);
        using var client = service.CreateClient();
        using var other = replica.CreateClient();
        var names = new[] { await client.RegisterUnverifiedAsync(), await client.RegisterUnverifiedAsync() };
        var tokens = new[] { await client.TokenToAsync($"{names[0]}@example.org"), await client.TokenToAsync($"{names[1]}@example.org") };

        var answers = await Task.WhenAll(client.VerifyAsync(tokens[0]), other.VerifyAsync(tokens[1]));

        Assert.All(answers, a => a.Expect(HttpStatusCode.NoContent));
        Assert.Equal(1, await Sql.ReadAsync<long>(database, "select count(*) from accounts where role = 1"));
    }

    [Fact]
    public async Task A_configured_address_is_the_administrators_whenever_it_verifies()
    {
        var boss = Calls.NewName();
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["Admin:Email"] = $"{boss}@Example.org" });
        using var client = service.CreateClient();

        var (_, first, _, _) = await service.NewPersonAsync();
        (await client.RegisterAsync(boss)).Expect(HttpStatusCode.Created);
        var (token, _, _) = await service.OpenSessionAsync(boss);

        Assert.Equal(["user", "admin"], [await RoleAsync(service, first), await RoleAsync(service, token)]);
    }

    [Fact]
    public async Task An_account_that_takes_the_configured_address_is_an_administrator_as_well()
    {
        var boss = $"{Calls.NewName()}@example.org";
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["Admin:Email"] = boss });
        var (_, token, _, _) = await service.NewPersonAsync();
        using var me = service.CreateClient(token);
        Assert.Equal("user", await RoleAsync(service, token));

        (await me.PostBodyAsync("/api/v1/auth/change-email", new { email = boss })).Expect(HttpStatusCode.Accepted);
        (await me.ConfirmEmailAsync(await me.TokenToAsync(boss))).Expect(HttpStatusCode.NoContent);

        Assert.Equal("admin", await RoleAsync(service, token));
    }

    [Fact]
    public async Task After_a_week_an_unverified_account_is_gone_and_its_name_free()
    {
        var database = await stores.CreateDatabaseAsync();
        string verified, old, recent;
        var past = new OffsetClock();
        past.Advance(TimeSpan.FromDays(-2));
        await using (var service = stores.Start(database, services: services => services.AddClock(past)))
        {
            using var client = service.CreateClient();
            verified = Calls.NewName();
            (await client.RegisterAsync(verified)).Expect(HttpStatusCode.Created);
            old = await client.RegisterUnverifiedAsync();
            past.Advance(TimeSpan.FromDays(2));
            recent = await client.RegisterUnverifiedAsync();
        }

        var future = new OffsetClock();
        future.Advance(TimeSpan.FromDays(6));
        await using var later = stores.Start(database, services: services => services.AddClock(future));
        using var caller = later.CreateClient();

        await Eventually.HoldsAsync("the name to be free", async () => (await caller.PostBodyAsync("/api/v1/auth/register", Calls.Registration(old))).Status == HttpStatusCode.Created);
        foreach (var name in new[] { verified, recent })
            (await caller.PostBodyAsync("/api/v1/auth/register", Calls.Registration(name))).ExpectProblem(HttpStatusCode.Conflict, "username_taken");
        (await caller.LoginAsync(verified)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Thousands_of_unverified_accounts_are_removed_by_two_replicas_at_once()
    {
        var database = await stores.CreateDatabaseAsync();
        await using (var service = stores.Start(database))
            await service.NewPersonAsync();
        await Sql.RunAsync(database, """
            insert into accounts (id, username, normalized_username, display_name, email, normalized_email, email_confirmed, created_at, state, role, is_bot,
                phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count)
            select gen_random_uuid(), 'n' || i, 'N' || i, 'n', 'n@example.org', 'N@EXAMPLE.ORG', false, now() - interval '8 days', 0, 0, false, false, false, false, 0
            from generate_series(1, 2300) i
            """);

        await using var first = stores.Start(database);
        await using var second = stores.Start(database);

        await Eventually.HoldsAsync("all to be removed", async () => await Sql.ReadAsync<long>(database, "select count(*) from accounts") == 1);
    }

    private static async Task<string> RoleAsync(RunningService<IdentityService> service, string token)
    {
        using var client = service.CreateClient(token);
        return (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("role").GetString() ?? "";
    }
}
