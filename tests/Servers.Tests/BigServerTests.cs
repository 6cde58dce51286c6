using System.Globalization;
using System.Text.RegularExpressions;
using Chat.Access;
using Chat.Load;
using Chat.Servers.Access;
using Chat.Servers.Discovery;
using Chat.Servers.People;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>A server with ten thousand members, among thousands of others. With <c>--xunit-diagnostics on</c> the plans are shown.</summary>
public sealed partial class BigServerTests(BigServerTests.BigServer big) : IClassFixture<BigServerTests.BigServer>
{
    private const int Others = 4000;
    private const string Explain = "explain (analyze, buffers, costs off)";

    /// <summary>A page has 100 entries at most, a channel a handful of overrides; a preview looks at a thousand members with up to five roles.</summary>
    private const int MostRows = 5000;

    private static readonly string[] BigTables =
        ["servers", "members", "member_roles", "profiles", "roles", "channels", "channel_overrides", "audit_log", "bans", "member_timeouts"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => big.Deployment;

    [Fact]
    public async Task The_whole_server_is_rebuilt_into_Redis()
    {
        var someone = (await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from members where server_id = $1 and joined_rev = 7000", big.Server))[0];
        foreach (var reader in Deployment.Readers)
        {
            Assert.Equal(big.Server, (await reader.GetAsync(big.General, someone, Cancellation))?.Server);
        }

        var model = PatientRedis.Reader(Deployment.Redis);
        await Eventually.HoldsAsync("the big model in Redis", async () => (await model.ReadAsync([big.General], someone, Cancellation))[0].Known);
        var keys = await Deployment.Redis.AskAsync(store => store.HashKeysAsync(PermissionModel.ServerKey(big.Server)));
        Assert.Equal(BigServerSeed.Members + 1, keys.Count(key => ((string)key).StartsWith("m:", StringComparison.Ordinal)));
        Assert.Null((await model.ReadAsync([big.General], Guid.CreateVersion7(), Cancellation))[0].Access);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/members")]
    [InlineData("/members?limit=100")]
    [InlineData("/members?q=amber")]
    [InlineData("/members?q=falcon77")]
    [InlineData("/members?q=fa")]
    [InlineData("/members?role=")]
    [InlineData("/bans")]
    [InlineData("/channels")]
    [InlineData("/audit-log")]
    [InlineData("/audit-log?action=member.kicked")]
    [InlineData("/audit-log?actor=")]
    [InlineData("/audit-log?target=")]
    public async Task What_is_asked_of_the_server_is_read_by_indexes_and_no_more_of_them_than_a_page_needs(string path)
    {
        using var owner = Deployment.ClientOf(big.Owner);
        using var probe = new PlanProbe();
        IReadOnlyList<NpgsqlCommand> commands = [];
        // What nobody watches is looked at again only after a second.
        await Eventually.HoldsAsync("the statements", async () =>
        {
            await owner.ReadAsync($"/api/v1/servers/{big.Server}{path}{(path.EndsWith("role=", StringComparison.Ordinal) ? big.Role : path.EndsWith('=') ? big.Someone : "")}");
            commands = probe.About(big.Server);
            return commands.Count > 1;
        });
        foreach (var command in commands)
        {
            // A common name is looked for in the names of all members first, to find that it is common.
            await AssertIndexedAsync(command, path.EndsWith("amber", StringComparison.Ordinal) ? 2 * BigServerSeed.Members : MostRows);
        }
    }

    [Fact]
    public async Task Permissions_are_looked_up_by_indexes()
    {
        await AssertIndexedAsync(PermissionLookup.Sql, new[] { big.General }, new[] { big.Owner.Id }, DateTimeOffset.UtcNow);
        await AssertIndexedAsync(PermissionLookup.Sql, new[] { Guid.CreateVersion7() }, new[] { big.Owner.Id, Guid.CreateVersion7() }, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task What_somebody_may_view_and_whom_they_share_servers_with_is_read_by_indexes()
    {
        foreach (var user in (Guid[])[big.Owner.Id, big.Someone])
        {
            foreach (var server in (object[])[big.Server, DBNull.Value])
            {
                await AssertIndexedAsync(UserServersReader.Memberships, user, server, DateTimeOffset.UtcNow);
                await AssertIndexedAsync(UserServersReader.Roles, user, server);
                await AssertIndexedAsync(UserServersReader.Overrides, user, server);
                await AssertIndexedAsync(UserServersReader.Channels, user, server);
            }

            await AssertIndexedAsync(SharedServersReader.Sql, user, new[] { big.Someone, big.Owner.Id, Guid.CreateVersion7() });
        }
    }

    [Theory]
    [InlineData("amber falcon", null, null, "members")]
    [InlineData("kestrl", null, null, "relevance")]
    [InlineData("harbour", "music", "lantern", "relevance")]
    [InlineData(null, null, "lantern", "members")]
    [InlineData(null, "music", null, "members")]
    [InlineData(null, null, null, "members")]
    [InlineData(null, null, null, "activity")]
    public async Task Public_servers_are_found_by_indexes(string? text, string? category, string? tag, string sort)
    {
        var request = new DiscoveryRequest(text, category, tag is null ? null : [tag], sort, null, null);
        Assert.Empty(request.Check(out var search));
        await using var batch = DiscoveryQuery.Prepare(Deployment.Replicas[0].Services.GetRequiredService<NpgsqlDataSource>(), search, big.Owner.Id, Explain);
        Assert.NotNull(batch);
        await using var reader = await batch.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.NextResultAsync(Cancellation));
        await AssertIndexedAsync(reader, batch.BatchCommands[1].CommandText);
    }

    [Fact]
    public async Task A_preview_reads_its_members_by_indexes_and_is_bounded_however_little_there_is_to_tell()
    {
        using var owner = Deployment.ClientOf(big.Owner);
        var everybody = await Sql.ListAsync<Guid>(Deployment.Database, "select id from roles where server_id = $1 and built_in = 'member'", big.Server);
        await AssertIndexedAsync(PreviewReader.Concerned, big.Server, Guid.Empty, DateTimeOffset.UtcNow, PreviewReader.MostMembers, big.Role);
        await AssertIndexedAsync(PreviewReader.Concerned, big.Server, Guid.NewGuid(), DateTimeOffset.UtcNow, PreviewReader.MostMembers, big.Owner.Id);
        await AssertIndexedAsync(PreviewReader.Everybody, big.Server, Guid.NewGuid(), DateTimeOffset.UtcNow, 100);

        // A change that changes nothing is looked for in everybody, a thousand at a time.
        var path = $"/api/v1/servers/{big.Server}/permissions/preview";
        var same = (await Sql.ListAsync<long>(Deployment.Database, "select permissions from roles where id = $1", everybody[0]))[0];
        var pages = 0;
        for (string? query = ""; query is not null; pages++)
        {
            using var response = await owner.PostAsync(path + query, null, new { role = new { id = everybody[0], permissions = same } });
            var page = await response.BodyAsync(HttpStatusCode.OK);
            Assert.Empty(page.GetProperty("items").EnumerateArray());
            query = page.TryGetProperty("next", out var next) ? $"?cursor={next.GetString()}" : null;
        }

        Assert.InRange(pages, BigServerSeed.Members / PreviewReader.MostMembers, (BigServerSeed.Members / PreviewReader.MostMembers) + 1);

        // One that concerns everybody everywhere fills its pages.
        using var first = await owner.PostAsync($"{path}?limit=100", null, new { role = new { id = everybody[0], permissions = 0 } });
        var full = await first.BodyAsync(HttpStatusCode.OK);
        Assert.Equal(100, full.GetProperty("items").GetArrayLength());
        Assert.True(full.TryGetProperty("next", out _));
    }

    private Task AssertIndexedAsync(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return AssertIndexedAsync(command);
    }

    /// <param name="most">So many rows may come out of any part of the plan, at most.</param>
    private async Task AssertIndexedAsync(NpgsqlCommand command, int most = MostRows)
    {
        // Planned as the service's own connections have it.
        var source = Deployment.Replicas[0].Services.GetRequiredService<NpgsqlDataSource>();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var statement = command.CommandText;
        (command.Connection, command.CommandText) = (connection, $"{Explain} {statement}");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        await AssertIndexedAsync(reader, statement, most);
    }

    private static async Task AssertIndexedAsync(NpgsqlDataReader reader, string statement, int most = MostRows)
    {
        var plan = new List<string>();
        while (await reader.ReadAsync(Cancellation))
        {
            plan.Add(reader.GetString(0));
        }

        var text = string.Join('\n', plan);
        TestContext.Current.SendDiagnosticMessage("{0}", $"{TestContext.Current.Test?.TestDisplayName}\n{statement}\n{text}\n");
        Assert.All(BigTables, table => Assert.DoesNotMatch($@"Seq Scan on {table}\b", text));
        Assert.All(Rows().Matches(text), rows => Assert.InRange(long.Parse(rows.Groups[1].Value, CultureInfo.InvariantCulture) * long.Parse(rows.Groups[2].Value, CultureInfo.InvariantCulture), 0, most));
    }

    [GeneratedRegex(@"actual time=\S+ rows=(\d+) loops=(\d+)")]
    private static partial Regex Rows();

    /// <summary>A deployment of its own: among thousands of public servers other tests would not find theirs.</summary>
    public sealed class BigServer(ServersFixture fixture) : IAsyncLifetime
    {
        /// <summary>The running parts.</summary>
        public Deployment Deployment { get; private set; } = null!;

        internal Account Owner { get; private set; } = null!;

        internal Guid Server { get; private set; }

        internal Guid General { get; private set; }

        /// <summary>A member of whom the audit log speaks.</summary>
        internal Guid Someone { get; private set; }

        /// <summary>A role that about one in twenty holds.</summary>
        internal Guid Role { get; private set; }

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            Deployment = await Deployment.StartAsync(fixture.Stores, redisDatabase: 9);
            Owner = await Deployment.SignUpAsync("ada");
            using var owner = Deployment.ClientOf(Owner);
            var server = await owner.CreateServerAsync("Big");
            (Server, General) = (server.Id(), server.General());
            await BigServerSeed.FillAsync(Deployment.Database, Server, Others, CancellationToken.None);
            Someone = (await Sql.ListAsync<Guid>(Deployment.Database, "select target_id from audit_log where server_id = $1 and target_id is not null limit 1", Server))[0];
            Role = (await Sql.ListAsync<Guid>(Deployment.Database, "select id from roles where server_id = $1 and name = 'Role 3'", Server))[0];
        }

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Deployment.DisposeAsync();
    }
}
