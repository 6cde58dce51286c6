using Chat.Access;
using Chat.Servers.Access;
using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>A server with ten thousand members among others.</summary>
public sealed class BigServerTests(ServersFixture fixture)
{
    private const int Members = 10_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Lookups_use_indexes_and_the_whole_server_is_rebuilt_into_Redis()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var server = await owner.CreateServerAsync("Big");
        await SeedAsync(server.Id());

        // Without this the planner knows neither table yet.
        await Sql.ExecuteAsync(Deployment.Database, "analyze");
        await AssertNoScanAsync(PermissionLookup.Sql, new[] { server.General() }, new[] { ada.Id }, DateTimeOffset.UtcNow);
        await AssertNoScanAsync(PermissionLookup.Sql, new[] { Guid.CreateVersion7() }, new[] { ada.Id }, DateTimeOffset.UtcNow);
        await AssertNoScanAsync("select m.user_id from members m join profiles p on p.id = m.user_id where m.server_id = $1 and m.joined_rev > $2 order by m.joined_rev limit 51", server.Id(), 5000L);
        await AssertNoScanAsync("select server_id from members where user_id = $1 and server_id > $2 order by server_id limit 51", ada.Id, Guid.Empty);

        var someone = (await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from members where server_id = $1 and joined_rev = 7000", server.Id()))[0];
        foreach (var reader in Deployment.Readers)
        {
            Assert.Equal(server.Id(), (await reader.GetAsync(server.General(), someone, Cancellation))?.Server);
        }

        var model = new PermissionModelReader(Deployment.Redis, TimeProvider.System);
        await Eventually.TrueAsync("the big model in Redis", async () => (await model.ReadAsync([server.General()], someone, Cancellation))[0].Known);
        Assert.Equal(Members + 1, (await Deployment.Redis.GetDatabase().HashKeysAsync(PermissionModel.ServerKey(server.Id()))).Count(key => ((string)key).StartsWith("m:", StringComparison.Ordinal)));
        Assert.Null((await model.ReadAsync([server.General()], Guid.CreateVersion7(), Cancellation))[0].Access);

        var page = await owner.ReadAsync($"/api/v1/servers/{server.Id()}/members?limit=100");
        Assert.Equal(100, page.GetProperty("items").GetArrayLength());
    }

    private Task SeedAsync(Guid server) => Sql.ExecuteAsync(
        Deployment.Database,
        $"""
        with people as (select gen_random_uuid() as id, n from generate_series(2, {Members + 1}) n),
          profile as (insert into profiles (id, username, display_name, updated_at) select id, 'm' || n, 'M ' || n, now() from people returning id),
          raised as (update servers set rev = {Members + 1}, member_count = {Members + 1} where id = $1),
          member as (insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, n, now() from people returning user_id)
        insert into member_roles (server_id, user_id, role_id)
        select $1, people.id, roles.id from people join roles on roles.server_id = $1 and roles.built_in = 'member'
        """,
        server);

    private async Task AssertNoScanAsync(string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(Deployment.Database);
        await using var command = source.CreateCommand("explain " + sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            plan.Add(reader.GetString(0));
        }

        var text = string.Join('\n', plan);
        Assert.DoesNotContain("Seq Scan on members", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on member_roles", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on profiles", text, StringComparison.Ordinal);
    }
}
