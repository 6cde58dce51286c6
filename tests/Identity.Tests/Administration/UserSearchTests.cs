using System.Net;
using System.Text.Json;

namespace Chat.Identity.Tests.Administration;

public sealed class UserSearchTests(IdentityStores stores)
{
    [Fact]
    public async Task An_account_is_found_by_part_of_its_names_and_address_and_by_its_id()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        var mark = Calls.NewName("q");
        using var nobody = stores.Shared.CreateClient();
        var registered = (await nobody.PostBodyAsync(
            "/api/v1/auth/register", new { email = $"mail.{mark}@example.org", username = mark[..14], password = Calls.Password, displayName = $"Ünal {mark[..10]}" })).Expect(HttpStatusCode.Created);
        var id = registered.Body.GetProperty("id").GetString();

        foreach (var q in new[] { mark[1..14], $"nal {mark[..10].ToUpperInvariant()}", $"MAIL.{mark}@ex", mark[3..], id })
        {
            var found = Items(await admin.ReadAsync($"admin/users?q={Uri.EscapeDataString(q ?? "")}"));
            Assert.Equal(id, Assert.Single(found).GetProperty("id").GetString());
        }

        var item = Items(await admin.ReadAsync($"admin/users?q={id}"))[0];
        Assert.Equal("active", item.GetProperty("state").GetString());
        Assert.Equal("user", item.GetProperty("role").GetString());
        Assert.False(item.GetProperty("emailVerified").GetBoolean());
        Assert.False(item.GetProperty("bot").GetBoolean());
    }

    [Fact]
    public async Task What_would_be_a_pattern_is_taken_as_it_is()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var nobody = stores.Shared.CreateClient();
        var mark = Calls.NewName("w")[..16];
        foreach (var (suffix, shown) in new[] { ("a_b", "100 % a_b"), ("axb", @"C:\dir") })
        {
            (await nobody.PostBodyAsync("/api/v1/auth/register", new { email = $"{mark}{suffix}@example.org", username = mark + suffix, password = Calls.Password, displayName = $"{shown} {mark[..8]}" }))
                .Expect(HttpStatusCode.Created);
        }

        Assert.Single(Items(await admin.ReadAsync($"admin/users?q={mark}a_b")));
        Assert.Equal(2, Items(await admin.ReadAsync($"admin/users?q={mark}")).Count);
        Assert.Empty(Items(await admin.ReadAsync($"admin/users?q={mark}%25")));
        Assert.Single(Items(await admin.ReadAsync($"admin/users?q={Uri.EscapeDataString($"00 % a_b {mark[..8]}")}")));
        Assert.Single(Items(await admin.ReadAsync($"admin/users?q={Uri.EscapeDataString($@"C:\dir {mark[..8]}")}")));
        Assert.Empty(Items(await admin.ReadAsync($"admin/users?q={Uri.EscapeDataString(@"\\\")}")));
    }

    [Fact]
    public async Task Less_than_three_characters_are_a_whole_username()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var admin = await Person.NewAsync(service);
        using var nobody = service.CreateClient();
        foreach (var name in new[] { "jo", "joanna" })
            (await nobody.PostBodyAsync("/api/v1/auth/register", Calls.Registration(name))).Expect(HttpStatusCode.Created);

        Assert.Equal("jo", Assert.Single(Items(await admin.ReadAsync("admin/users?q=JO"))).GetProperty("username").GetString());
        Assert.Equal("joanna", Assert.Single(Items(await admin.ReadAsync("admin/users?q=joa"))).GetProperty("username").GetString());
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);
        using var suspended = await Person.NewAsync(service);
        var (bot, _) = await person.NewBotAsync();
        (await admin.DisableAsync(suspended.Id)).Expect(HttpStatusCode.NoContent);

        Assert.Equal([bot, suspended.Id, person.Id, admin.Id], await IdsAsync(admin, ""));
        Assert.Equal([suspended.Id], await IdsAsync(admin, "state=suspended"));
        Assert.Equal([bot, person.Id, admin.Id], await IdsAsync(admin, "state=active"));
        Assert.Equal([admin.Id], await IdsAsync(admin, "role=admin"));
        Assert.Equal([bot], await IdsAsync(admin, "kind=bot"));
        Assert.Equal([person.Id], await IdsAsync(admin, $"kind=person&state=active&role=user&q={person.Username}"));
        Assert.Empty(await IdsAsync(admin, $"state=suspended&q={person.Username}"));
        Assert.Equal(person.Id, Items(await admin.ReadAsync("admin/users?kind=bot"))[0].GetProperty("owner").GetGuid());
    }

    [Fact]
    public async Task The_list_comes_in_pages_newest_first()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var admin = await Person.NewAsync(service);
        using var second = await Person.NewAsync(service);
        using var third = await Person.NewAsync(service);

        var first = (await admin.ReadAsync("admin/users?limit=2&q=example.org")).Expect(HttpStatusCode.OK).Body;
        var rest = (await admin.ReadAsync($"admin/users?limit=2&q=example.org&cursor={first.GetProperty("next").GetString()}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal([third.Id, second.Id], first.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.Equal([admin.Id], rest.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.False(rest.TryGetProperty("next", out _));
    }

    [Theory]
    [InlineData("limit=0", "limit:out_of_range")]
    [InlineData("limit=101", "limit:out_of_range")]
    [InlineData("cursor=x", "cursor:invalid")]
    [InlineData("state=gone", "state:invalid")]
    [InlineData("state=1", "state:invalid")]
    [InlineData("role=owner&kind=cat", "role:invalid", "kind:invalid")]
    [InlineData("q=ab%00c", "q:invalid")]
    public async Task A_bad_search_is_named(string query, params string[] errors)
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        (await admin.ReadAsync($"admin/users?{query}")).ExpectFieldErrors(errors);
    }

    [Fact]
    public async Task Text_longer_than_any_address_is_named()
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        (await admin.ReadAsync($"admin/users?q={new string('a', 255)}")).ExpectFieldErrors("q:too_long");
    }

    [Fact]
    public async Task G6_A_search_among_many_accounts_reads_an_index_and_not_every_account()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var admin = await Person.NewAsync(service);
        await Sql.RunAsync(database, """
            insert into accounts (id, username, normalized_username, display_name, email, normalized_email, email_confirmed, phone_number_confirmed, two_factor_enabled,
                lockout_enabled, access_failed_count, created_at, state, role, is_bot)
            select gen_random_uuid(), 'name' || n, 'NAME' || n, 'Person ' || n, 'name' || n || '@example.org', 'NAME' || n || '@EXAMPLE.ORG', true, false, false, true, 0, now(), 0, 0, false
            from generate_series(1, 20000) n
            """);
        await Sql.RunAsync(database, "vacuum analyze accounts");
        var before = await ScannedAsync(database);

        // More often than a statement is planned for its values by default.
        for (var i = 1; i <= 10; i++)
            Assert.Single(Items(await admin.ReadAsync($"admin/users?q=erson 1234{i % 10}")));

        await Eventually.HoldsAsync("the searches to show in the statistics", async () => await ScannedAsync(database) >= before + 30);
        Assert.Equal(50, Items(await admin.ReadAsync("admin/users?q=example.org")).Count);
    }

    private static Task<long> ScannedAsync(string database) =>
        Sql.ReadAsync<long>(database, "select idx_scan from pg_stat_user_indexes where indexrelname = 'ix_accounts_trigrams'");

    private static async Task<IReadOnlyList<Guid>> IdsAsync(Person admin, string query) =>
        [.. Items(await admin.ReadAsync($"admin/users?{query}")).Select(i => i.GetProperty("id").GetGuid())];

    private static IReadOnlyList<JsonElement> Items(Answer answer) => [.. answer.Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray()];
}
