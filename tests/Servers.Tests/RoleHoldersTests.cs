using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Who holds a role, and what the built-in ones let their holders do.</summary>
public sealed class RoleHoldersTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Who_holds_a_role_comes_in_pages_and_once_each()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers");
        Person[] holders = [cast.Owner, cast.Admin, cast.Moderator, cast.Member, cast.Guest];
        foreach (var person in holders)
        {
            await cast.GiveAsync(person, role);
        }

        var path = $"{cast.Roles}/{role}/members";
        var (found, next, pages) = (new List<JsonElement>(), "", 0);
        while (next is not null)
        {
            var page = await cast.Guest.Client.ReadAsync($"{path}?limit=2{(next == "" ? "" : $"&cursor={next}")}");
            found.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
            pages++;
        }

        Assert.Equal(3, pages);
        // Ids ascend as they are written.
        Assert.Equal(holders.Select(person => person.Id.ToString()).Order(StringComparer.Ordinal), found.Select(member => member.GetProperty("user").Id().ToString()));
        Assert.All(found, member => Assert.Contains(role, member.GetProperty("roles").EnumerateArray().Select(held => held.GetGuid())));
        Assert.Equal([cast.Guest.Id], await HoldersAsync("guest"));
        Assert.Equal([cast.Owner.Id], await HoldersAsync("owner"));
        Assert.Empty((await cast.Owner.Client.ReadAsync($"{cast.Roles}/{await cast.MakeAsync("Nobody's")}/members")).GetProperty("items").EnumerateArray());

        await cast.Owner.Client.RefusesAsync($"{path}?limit=0", HttpStatusCode.BadRequest, "validation_failed", "limit", "out_of_range");
        await cast.Owner.Client.RefusesAsync($"{path}?limit=101", HttpStatusCode.BadRequest, "validation_failed", "limit", "out_of_range");
        await cast.Owner.Client.RefusesAsync($"{path}?limit=many", HttpStatusCode.BadRequest, "malformed_request");
        await cast.Owner.Client.RefusesAsync($"{path}?cursor=***", HttpStatusCode.BadRequest, "validation_failed", "cursor", "invalid");

        async Task<Guid[]> HoldersAsync(string code) =>
            [.. (await cast.Owner.Client.ReadAsync($"{cast.Roles}/{cast.Role(code)}/members")).GetProperty("items").EnumerateArray().Select(member => member.GetProperty("user").Id())];
    }

    [Fact]
    public async Task A_page_of_ten_thousand_holders_is_read_from_an_index()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Crowd");
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            with crowd as (
              insert into profiles (id, username, display_name, updated_at)
              select gen_random_uuid(), 'holder-' || left($1::text, 13) || '-' || n, 'Crowd', now() from generate_series(1, 10000) n returning id
            ), joined as (
              insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, 1000 + row_number() over (), now() from crowd returning user_id
            )
            insert into member_roles (server_id, user_id, role_id) select $1, user_id, $2 from joined
            """,
            cast.Server,
            role);
        await Sql.ExecuteAsync(Deployment.Database, "analyze member_roles");
        var plan = await Sql.PlanAsync(
            Deployment, "select user_id from member_roles where role_id = $1 and user_id > $2 order by user_id limit 51", role, Guid.Empty);

        Assert.Contains("using ix_member_roles_role", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.Equal(50, (await cast.Guest.Client.ReadAsync($"{cast.Roles}/{role}/members")).GetProperty("items").GetArrayLength());
        Assert.Equal(10_000, (await cast.Guest.Client.ReadAsync($"{cast.Roles}/{role}")).GetProperty("members").GetInt32());
    }

    [Fact]
    public async Task Each_built_in_role_may_do_in_a_channel_what_it_is_for()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        const Granted ReadAndReact = Granted.ViewChannel | Granted.AddReactions;
        const Granted KeepOrder = Granted.ManageChannels | Granted.ManageMessages;
        const Granted RunTheServer = Granted.KickMembers | Granted.ManageRoles | Granted.DeleteChannels;
        const Granted Watched = ReadAndReact | Granted.SendMessages | KeepOrder | RunTheServer;
        (Person Person, Granted Expected)[] expected =
        [
            (cast.Guest, ReadAndReact),
            (cast.Member, ReadAndReact | Granted.SendMessages),
            (cast.Moderator, ReadAndReact | Granted.SendMessages | KeepOrder),
            (cast.Admin, Watched),
            (cast.Owner, Watched),
        ];

        // From servers the first time, from Redis once it holds them.
        for (var round = 0; round < 2; round++)
        {
            foreach (var reader in Deployment.Readers)
            {
                foreach (var (person, granted) in expected)
                {
                    Assert.Equal(granted, (await reader.GetAsync(cast.General, person.Id, Cancellation))?.Granted & Watched);
                }

                Assert.Null(await reader.GetAsync(cast.General, cast.Stranger.Id, Cancellation));
            }

            await Eventually.HoldsAsync("the model in Redis", async () =>
                await Deployment.Redis.AskAsync(store => store.HashGetAsync($"perm:s:{cast.Server}", "complete")) == "1"
                || await Deployment.Readers[0].GetAsync(cast.General, cast.Owner.Id, Cancellation) is null);
        }
    }

    [Fact]
    public async Task A_guest_reads_and_does_not_write_and_only_from_admin_on_are_members_removed()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var messages = $"/api/v1/channels/{cast.General}/messages";
        foreach (var (who, allowed) in ((string, bool)[])[("guest", false), ("member", true), ("moderator", true), ("admin", true)])
        {
            using var client = Deployment.Messaging.CreateClient(cast[who].Account.Token);
            await client.ReadAsync(messages);
            var sent = await client.PostAsync(messages, null, new { content = "Hello", nonce = Guid.NewGuid().ToString() });
            if (allowed)
            {
                await sent.BodyAsync(HttpStatusCode.Created);
                sent.Dispose();
            }
            else
            {
                await sent.RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
            }
        }

        foreach (var who in (string[])["guest", "member", "moderator"])
        {
            var target = who == "guest" ? cast.Member : cast.Guest;
            await (await cast[who].Client.RemoveAsync($"/api/v1/servers/{cast.Server}/members/{target.Id}")).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        using var kicked = await cast.Admin.Client.RemoveAsync($"/api/v1/servers/{cast.Server}/members/{cast.Guest.Id}");
        Assert.Equal(HttpStatusCode.NoContent, kicked.StatusCode);
    }
}
