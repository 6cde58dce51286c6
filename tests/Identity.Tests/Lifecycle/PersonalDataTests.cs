using System.Text;
using Chat.Identity.Tests.Administration;

namespace Chat.Identity.Tests.Lifecycle;

/// <summary>Reads the database's catalogue, so that a table or column that somebody adds is either erased with its account or fails here.</summary>
public sealed class PersonalDataTests(IdentityStores stores)
{
    // Nothing in them is of one person: keys, migrations, and events on their way.
    private static readonly string[] Impersonal = ["signing_keys", "protection_keys", "outbox", "__EFMigrationsHistory"];

    // What stays where the account's id stays.
    private static readonly string[] Kept =
    [
        "accounts.username", "accounts.normalized_username", "accounts.display_name", "accounts.security_stamp", "accounts.concurrency_stamp",
        "audit_entries.action", "audit_entries.before", "audit_entries.after", "audit_entries.reason",
    ];

    [Fact]
    public async Task Nothing_is_left_of_an_erased_account()
    {
        var database = await stores.CreateDatabaseAsync();
        var clock = new OffsetClock();
        await using var service = stores.Start(database, new Dictionary<string, string?> { ["Accounts:EraseEvery"] = "00:00:00.1" }, services => services.AddClock(clock));
        using var admin = await Person.NewAsync(service);
        using var person = await Person.NewAsync(service);
        var word = person.Username;
        var (bot, _) = await person.NewBotAsync();
        await person.NewTokenAsync(bot);
        await person.NewTokenAsync();
        var session = (await person.ReadAsync("auth/sessions")).Body.GetProperty("items")[0].GetProperty("id").GetGuid();
        (await person.DeleteAsync("users/@me")).Expect(System.Net.HttpStatusCode.Accepted);
        await Sql.RunAsync(database, "update accounts set display_name = $2 where id = $1", person.Id, word);
        await Filler.FillAsync(database, person, admin.Id, word);
        var tables = await Sql.TextsAsync(database, "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1");
        var marks = Marks(word);

        // First, that the test itself forgets none: everything that can hold something of the person does.
        var empty = new List<string>();
        foreach (var table in tables.Except(Impersonal))
        {
            foreach (var column in await ColumnsAsync(database, table))
            {
                var held = await Sql.ReadAsync<long>(database, $"select count(*) from \"{table}\" t where t::text ~* $1 and {Filled(column)}", string.Join('|', marks.Append(person.Id.ToString())));
                if (held == 0)
                    empty.Add($"{table}.{column.Name}");
            }
        }

        Assert.Equal([], empty.Order(StringComparer.Ordinal));
        var before = await AccountAsync(database, person.Id);

        clock.Advance(TimeSpan.FromDays(14.1));
        await Eventually.HoldsAsync("the account to be erased", async () => await Sql.ReadAsync<int>(database, "select state from accounts where id = $1", person.Id) == 4);
        await Eventually.HoldsAsync("its events to be published", async () => await Sql.ReadAsync<long>(database, "select count(*) from outbox") == 0);

        var left = new List<string>();
        foreach (var table in tables)
        {
            if (await Sql.ReadAsync<long>(database, $"select count(*) from \"{table}\" t where t::text ~* $1", string.Join('|', marks)) > 0)
                left.Add($"{table}: something of the person");

            foreach (var id in new[] { person.Id, bot })
            {
                foreach (var column in await ColumnsAsync(database, table))
                {
                    if (!Kept.Contains($"{table}.{column.Name}") && await Sql.ReadAsync<long>(database, $"select count(*) from \"{table}\" t where t::text ~ $1 and {Filled(column)}", id.ToString()) > 0)
                        left.Add($"{table}.{column.Name}: beside the account's id");
                }
            }
        }

        Assert.Equal([], left.Order(StringComparer.Ordinal));
        var after = await AccountAsync(database, person.Id);
        foreach (var kept in Kept.Where(k => k.StartsWith("accounts.", StringComparison.Ordinal)).Select(k => k["accounts.".Length..]))
            Assert.NotEqual(before[kept], after[kept]);
        Assert.Equal("Deleted user", after["display_name"]);
        Assert.Equal(3, await Sql.ReadAsync<long>(database, "select count(*) from accounts"));
        Assert.Equal(0, await Sql.ReadAsync<long>(database, "select count(*) from sessions where id = $1 and revoked_at is null", session));
    }

    /// <summary>The person's name, as text and as PostgreSQL shows bytes, and their address.</summary>
    private static string[] Marks(string word) => [word, Convert.ToHexStringLower(Encoding.ASCII.GetBytes(word)), Filler.Address.Replace(".", @"\.", StringComparison.Ordinal)];

    private static string Filled((string Name, bool IsList) column) => column.IsList ? $"\"{column.Name}\" <> '{{}}'" : $"\"{column.Name}\" is not null";

    /// <summary>Those that could hold anything of a person: text, bytes, addresses, JSON, lists.</summary>
    private static async Task<IReadOnlyList<(string Name, bool IsList)>> ColumnsAsync(string database, string table) =>
        [.. (await Sql.TextsAsync(
            database,
            """
            select column_name || case when data_type = 'ARRAY' then '[]' else '' end from information_schema.columns
            where table_schema = 'public' and table_name = $1 and (data_type in ('text', 'character varying', 'character', 'bytea', 'inet', 'json', 'jsonb', 'xml', 'ARRAY'))
            order by ordinal_position
            """,
            table)).Select(name => (name.TrimEnd('[', ']'), name.EndsWith("[]", StringComparison.Ordinal)))];

    private static async Task<Dictionary<string, string>> AccountAsync(string database, Guid id) => (await Sql.TextsAsync(
            database, "select key || '=' || coalesce(value, '') from accounts a, jsonb_each_text(to_jsonb(a)) where id = $1", id))
        .ToDictionary(pair => pair.Split('=')[0], pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
}
