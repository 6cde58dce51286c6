namespace Chat.Servers.Tests;

/// <summary>A server that is deleted leaves nothing behind.</summary>
public sealed class ServerDeletionTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Everything_of_a_deleted_server_is_gone_from_every_table_and_others_keep_theirs()
    {
        using var community = await Community.FoundAsync(Deployment);
        using var other = await Community.FoundAsync(Deployment, "member");
        await FillAsync(community);
        await FillAsync(other);
        var before = await RowsAsync(other);
        Assert.DoesNotContain(before, row => row.EndsWith(" 0", StringComparison.Ordinal));

        using var deleted = await DeleteAsync(community, "owner", "  A server ");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.All(await RowsAsync(community), row => Assert.EndsWith(" 0", row, StringComparison.Ordinal));
        Assert.Equal(before, await RowsAsync(other));
        foreach (var role in new[] { "owner", "admin", "guest" })
        {
            await community.As(role).RefusesAsync(community.Path, HttpStatusCode.NotFound, "server_not_found");
            Assert.Empty((await community.As(role).ReadAsync("/api/v1/servers")).GetProperty("items").EnumerateArray());
        }

        await (await DeleteAsync(community, "owner", "A server")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
    }

    [Fact]
    public async Task Only_the_owner_deletes_a_server()
    {
        using var community = await Community.FoundAsync(Deployment);
        foreach (var role in new[] { "admin", "moderator", "member", "guest" })
        {
            await (await DeleteAsync(community, role, "A server")).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");
        }

        await (await DeleteAsync(community, "stranger", "A server")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        using var nobody = Deployment.Replicas[0].CreateClient();
        await (await nobody.SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(6 - 1, (await community.ReadAsync()).GetProperty("memberCount").GetInt32());
    }

    [Theory]
    [InlineData("""{"name":"a server"}""", "mismatch")]
    [InlineData("""{"name":"A  server"}""", "mismatch")]
    [InlineData("""{"name":"A server."}""", "mismatch")]
    [InlineData("""{"name":""}""", "mismatch")]
    [InlineData("""{"name":null}""", "required")]
    [InlineData("{}", "required")]
    public async Task Without_its_exact_name_it_is_not_deleted(string body, string code)
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Delete, community.Path, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", code);
        Assert.Equal("A server", (await community.ReadAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_deletion_without_a_body_or_with_a_bad_one_is_refused()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        foreach (var body in new[] { "", "[]", "{", """{"name":7}""" })
        {
            await (await community.Owner.Client.SendAsync(HttpMethod.Delete, community.Path, body)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        }

        using var without = await community.Owner.Client.SendAsync(HttpMethod.Delete, community.Path);
        Assert.InRange((int)without.StatusCode, 400, 415);
        Assert.Equal("application/problem+json", without.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task An_archived_server_can_be_deleted()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/archive")).BodyAsync(HttpStatusCode.OK);
        using var deleted = await DeleteAsync(community, "owner", "A server");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task G2_a_deletion_with_a_key_is_answered_again_and_so_is_one_in_parallel()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        using var other = Deployment.ClientOf(community.Of("owner"), replica: 1);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index =>
        {
            using var response = await (index % 2 == 0 ? other : community.Owner.Client).SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" }, ("Idempotency-Key", "k"));
            return response.StatusCode;
        }));
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.NoContent, status));
        await (await other.SendAsync(HttpMethod.Delete, community.Path, new { name = "Other" }, ("Idempotency-Key", "k"))).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task Deletions_and_joins_at_once_leave_no_member_of_a_server_that_is_gone()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var code = await community.Owner.Client.InviteAsync(community.Server);
        var people = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => Deployment.SignUpAsync($"p{index}")));

        var joins = people.Select(async (person, index) =>
        {
            using var client = Deployment.ClientOf(person, index % 2);
            using var response = await client.AcceptAsync(code);
            return response.StatusCode;
        }).ToList();
        using var deleted = await DeleteAsync(community, "owner", "A server");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.All(await Task.WhenAll(joins), status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound }));
        Assert.All(await RowsAsync(community), row => Assert.EndsWith(" 0", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_with_ten_thousand_members_is_deleted_in_bounded_time()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            with people as (
                insert into profiles (id, username, display_name, updated_at)
                select gen_random_uuid(), 'crowd' || n, 'Crowd ' || n, now() from generate_series(1, 10000) n returning id),
            joined as (
                insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, 1000 + row_number() over (), now() from people returning user_id)
            insert into member_roles (server_id, user_id, role_id) select $1, user_id, $2 from joined
            """,
            community.Server,
            community.Role("member"));
        var started = TimeProvider.System.GetTimestamp();
        using var deleted = await DeleteAsync(community, "owner", "A server");
        var took = TimeProvider.System.GetElapsedTime(started);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.All(await RowsAsync(community), row => Assert.EndsWith(" 0", row, StringComparison.Ordinal));
        // What refers to a row that goes is found by an index each time, never by looking through a table.
        Assert.Empty(await Sql.ListAsync<string>(
            Deployment.Database,
            """
            select conrelid::regclass || ' ' || conname from pg_constraint c
            where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
              select from pg_index i
              where i.indrelid = c.conrelid and i.indpred is null and (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(c.conkey)] @> c.conkey)
            """));
        Assert.True(took < TimeSpan.FromMinutes(1), $"It took {took}.");
        TestContext.Current.TestOutputHelper?.WriteLine($"Deleted in {took.TotalMilliseconds:0} ms.");
    }

    [Fact]
    public async Task G4_once_a_deletion_is_answered_no_reader_of_any_replica_sees_anybody_in_it()
    {
        for (var round = 0; round < 3; round++)
        {
            using var community = await Community.FoundAsync(Deployment, "member", "admin");
            await RacingReaders.RaceAsync(
                "saw somebody in a server that was deleted",
                async index => await Deployment.Readers[index % 2].GetAsync(community.General, community.Of(Who(index)).Id, Cancellation) is not null,
                async () => await (await DeleteAsync(community, "owner", "A server")).DoneAsync());
        }

        static string Who(int index) => (index % 3) switch { 0 => "owner", 1 => "admin", _ => "member" };
    }

    private static Task<HttpResponseMessage> DeleteAsync(Community community, string role, string name) => community.As(role).SendAsync(HttpMethod.Delete, community.Path, new { name });

    /// <summary>A row or more in every table that can say anything of a server.</summary>
    private async Task FillAsync(Community community)
    {
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "Mine" })).BodyAsync(HttpStatusCode.Created);
        foreach (var sql in new[]
        {
            "insert into categories (id, server_id, name, position) values (gen_random_uuid(), $1, 'Talk', 0)",
            "update channels set category_id = (select id from categories c where c.server_id = $1) where server_id = $1",
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) select id, gen_random_uuid(), false, 1, 0 from channels where server_id = $1",
            "insert into member_timeouts (server_id, user_id, until) values ($1, gen_random_uuid(), now() + interval '1 hour')",
            "insert into bans (server_id, user_id, banned_by, rev, created_at) values ($1, gen_random_uuid(), gen_random_uuid(), 1, now())",
        })
        {
            await Sql.ExecuteAsync(Deployment.Database, sql, community.Server);
        }
    }

    /// <summary>How many rows of each table belong to the server: whichever tables there are, by the columns that refer to it or to its channels.</summary>
    private async Task<List<string>> RowsAsync(Community community)
    {
        // The debt of a change that took nothing away is paid behind the answer.
        await Eventually.HoldsAsync("the debts paid", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1", community.Server)).Count == 0);
        var tables = await Sql.ListAsync<string>(
            Deployment.Database,
            """
            select table_name || '.' || column_name from information_schema.columns
            where table_schema = 'public' and column_name in ('server_id', 'channel_id') and table_name <> 'unsettled_changes' order by 1
            """);
        Assert.Contains("members.server_id", tables);
        Assert.Contains("channel_overrides.channel_id", tables);
        var rows = new List<string>();
        foreach (var (table, column) in tables.Select(one => (one.Split('.')[0], one.Split('.')[1])))
        {
            var of = column == "server_id" ? "server_id = $1" : "channel_id = $2";
            rows.AddRange(await Sql.ListAsync<string>(
                Deployment.Database, $"select '{table} ' || count(*) from {table} where {of} and $1::uuid is not null and $2::uuid is not null", community.Server, community.General));
        }

        rows.AddRange(await Sql.ListAsync<string>(Deployment.Database, "select 'servers ' || count(*) from servers where id = $1", community.Server));
        return rows;
    }
}
