using Chat.Servers.Access;
using Microsoft.Extensions.DependencyInjection;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class PreviewTests(ServersFixture fixture)
{
    private const long View = (long)Granted.ViewChannel, Send = (long)Granted.SendMessages, Kick = (long)Granted.KickMembers;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    private string Database => Deployment.Database;

    [Fact]
    public async Task What_a_preview_tells_is_what_the_change_then_does_for_random_servers_and_changes()
    {
        var random = new Random(11);
        for (var round = 0; round < 3; round++)
        {
            using var server = await RandomServer.CreateAsync(Deployment, random, members: 12, roles: 6, channels: 6);
            foreach (var (change, sql, values) in Changes(server, random))
            {
                var before = await EverythingAsync(server);
                var told = await PreviewAsync(server.Owner, server.Id, change, limit: random.Next(1, 30));
                Assert.Equal(before, await EverythingAsync(server));
                await Sql.ExecuteAsync(Database, sql, values);
                var after = await EverythingAsync(server);

                var expected = before.Keys
                    .Where(key => before[key] != after[key])
                    .Select(key => (key.User, key.Channel, Gains: after[key] & ~before[key], Loses: before[key] & ~after[key]))
                    .ToHashSet();
                Assert.Equal(told.Count, told.ToHashSet().Count);
                Assert.True(expected.SetEquals(told), $"Round {round}, {change}: expected {expected.Count} differences, told {told.Count}.");
            }
        }
    }

    [Fact]
    public async Task Everybody_who_holds_a_role_is_told_of_and_nobody_else()
    {
        using var server = await RandomServer.CreateAsync(Deployment, new Random(1), members: 4, roles: 2, channels: 1);
        await Sql.ExecuteAsync(Database, "delete from channel_overrides where channel_id = any($1)", server.Channels.ToArray());
        await Sql.ExecuteAsync(Database, "update channels set private = false where server_id = $1", server.Id);
        await Sql.ExecuteAsync(Database, "delete from member_timeouts where server_id = $1", server.Id);
        await Sql.ExecuteAsync(Database, "delete from member_roles where role_id = any($1)", server.Roles.ToArray());
        await Sql.ExecuteAsync(Database, "update roles set permissions = $2 where id = $1", server.Roles[1], View | Send);
        await Sql.ExecuteAsync(Database, "insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", server.Id, server.Members[2], server.Roles[1]);

        var told = await PreviewAsync(server.Owner, server.Id, new { role = new { id = server.Roles[1], permissions = View | Kick } }, limit: 1);

        Guid?[] places = [null, .. server.Channels.Order().Select(channel => (Guid?)channel)];
        Assert.Equal(places.Select(place => (server.Members[2], place, (Granted)Kick, (Granted)Send)), told);
        Assert.Empty(await PreviewAsync(server.Owner, server.Id, new { role = new { id = server.Roles[1], permissions = View | Send } }));
    }

    [Fact]
    public async Task Channels_that_the_one_who_asks_does_not_see_are_not_told_of()
    {
        var bob = await Deployment.SignUpAsync("bob");
        using var keeper = Deployment.ClientOf(bob);
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = await owner.CreateServerAsync();
        await (await keeper.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        var hidden = Guid.CreateVersion7();
        await Sql.ExecuteAsync(Database, "insert into channels (id, server_id, name, kind, position, private) values ($1, $2, 'hidden', 'text', 1, true)", hidden, server.Id());
        var role = await RoleAsync(server.Id(), "member");
        await Sql.ExecuteAsync(Database, "update roles set permissions = permissions | $2 where id = $1", role, (long)Granted.ManageRoles);
        await Sql.ExecuteAsync(Database, "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, false, $3, 0)", hidden, Guid.CreateVersion7(), View);

        var told = await PreviewAsync(keeper, server.Id(), new { role = new { id = role, permissions = View | Kick | (long)Granted.ManageRoles } });
        Assert.Equal([null, server.General()], told.Select(item => item.Channel));
        await RefusesAsync(keeper, server.Id(), new { channel = new { id = hidden, @private = false } }, HttpStatusCode.NotFound, "channel_not_found");
        await RefusesAsync(keeper, server.Id(), new { @override = new { channel = hidden, target = bob.Id, allow = View } }, HttpStatusCode.NotFound, "channel_not_found");
        var shown = await PreviewAsync(owner, server.Id(), new { @override = new { channel = hidden, target = bob.Id, allow = View } });
        Assert.Equal([(bob.Id, (Guid?)hidden)], shown.Select(item => (item.User, item.Channel)));
    }

    [Fact]
    public async Task Only_members_who_manage_roles_may_ask()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var member = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        using var stranger = Deployment.ClientOf(await Deployment.SignUpAsync("cyd"));
        using var nobody = Deployment.Replicas[0].CreateClient();
        var server = await owner.CreateServerAsync();
        await (await member.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        var change = new { deleteRole = Guid.CreateVersion7() };

        await RefusesAsync(member, server.Id(), change, HttpStatusCode.Forbidden, "missing_permission");
        await RefusesAsync(stranger, server.Id(), change, HttpStatusCode.NotFound, "server_not_found");
        await RefusesAsync(owner, Guid.CreateVersion7(), change, HttpStatusCode.NotFound, "server_not_found");
        await RefusesAsync(nobody, server.Id(), change, HttpStatusCode.Unauthorized, "unauthenticated");
        await Sql.ExecuteAsync(Database, "update servers set archived_at = now() where id = $1", server.Id());
        await RefusesAsync(owner, server.Id(), change, HttpStatusCode.Conflict, "server_archived");
    }

    [Fact]
    public async Task What_cannot_be_done_cannot_be_asked_about()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var (server, other) = (await owner.CreateServerAsync(), await owner.CreateServerAsync());
        var (owners, admins, foreign) = (await RoleAsync(server.Id(), "owner"), await RoleAsync(server.Id(), "admin"), await RoleAsync(other.Id(), "admin"));
        var (channel, unknown) = (server.General(), Guid.CreateVersion7());

        await RefusesAsync(owner, server.Id(), new { role = new { id = unknown, permissions = 0 } }, HttpStatusCode.NotFound, "role_not_found");
        await RefusesAsync(owner, server.Id(), new { role = new { id = foreign, permissions = 0 } }, HttpStatusCode.NotFound, "role_not_found");
        await RefusesAsync(owner, server.Id(), new { role = new { id = owners, permissions = 0 } }, HttpStatusCode.Conflict, "built_in_role");
        await RefusesAsync(owner, server.Id(), new { deleteRole = foreign }, HttpStatusCode.NotFound, "role_not_found");
        await RefusesAsync(owner, server.Id(), new { deleteRole = owners }, HttpStatusCode.Conflict, "built_in_role");
        await RefusesAsync(owner, server.Id(), new { deleteRole = admins }, HttpStatusCode.Conflict, "built_in_role");
        await RefusesAsync(owner, server.Id(), new { member = new { id = unknown, roles = new[] { admins } } }, HttpStatusCode.NotFound, "member_not_found");
        await RefusesAsync(owner, server.Id(), new { member = new { id = ada.Id, roles = new[] { owners, foreign } } }, HttpStatusCode.NotFound, "role_not_found");
        await RefusesAsync(owner, server.Id(), new { member = new { id = ada.Id, roles = new[] { admins } } }, HttpStatusCode.Forbidden, "above_you");
        await RefusesAsync(owner, server.Id(), new { channel = new { id = other.General(), @private = true } }, HttpStatusCode.NotFound, "channel_not_found");
        await RefusesAsync(owner, server.Id(), new { @override = new { channel = other.General(), target = admins } }, HttpStatusCode.NotFound, "channel_not_found");
        await RefusesAsync(owner, server.Id(), new { @override = new { channel, target = foreign } }, HttpStatusCode.NotFound, "target_not_found");
        await RefusesAsync(owner, server.Id(), new { @override = new { channel, target = unknown } }, HttpStatusCode.NotFound, "target_not_found");
    }

    [Fact]
    public async Task What_is_not_a_question_is_refused_by_field()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = await owner.CreateServerAsync();
        var (id, beyond) = (Guid.CreateVersion7(), (long)Granted.All + 1);

        await InvalidAsync(new { }, "change", "exactly_one");
        await InvalidAsync(new { deleteRole = id, channel = new { id, @private = true } }, "change", "exactly_one");
        await InvalidAsync(new { role = new { permissions = 1 } }, "role.id", "required");
        await InvalidAsync(new { role = new { id } }, "role.permissions", "required");
        await InvalidAsync(new { role = new { id, permissions = beyond } }, "role.permissions", "unknown_permission");
        await InvalidAsync(new { role = new { id, permissions = -1 } }, "role.permissions", "unknown_permission");
        await InvalidAsync(new { member = new { roles = new[] { id } } }, "member.id", "required");
        await InvalidAsync(new { member = new { id } }, "member.roles", "required");
        await InvalidAsync(new { member = new { id, roles = Enumerable.Repeat(id, 251) } }, "member.roles", "too_many");
        await InvalidAsync(new { @override = new { target = id } }, "override.channel", "required");
        await InvalidAsync(new { @override = new { channel = id } }, "override.target", "required");
        await InvalidAsync(new { @override = new { channel = id, target = id, allow = Kick } }, "override.allow", "not_of_channels");
        await InvalidAsync(new { @override = new { channel = id, target = id, deny = Kick } }, "override.deny", "not_of_channels");
        await InvalidAsync(new { @override = new { channel = id, target = id, allow = Send, deny = Send | View } }, "override.deny", "overlap");
        await InvalidAsync(new { channel = new { @private = true } }, "channel.id", "required");
        await InvalidAsync(new { channel = new { id } }, "channel.private", "required");
        await InvalidAsync(new { deleteRole = id }, "limit", "out_of_range", "?limit=101");
        await InvalidAsync(new { deleteRole = id }, "limit", "out_of_range", "?limit=0");
        await InvalidAsync(new { deleteRole = id }, "cursor", "invalid", "?cursor=AAAA");
        await InvalidAsync(new { deleteRole = id }, "cursor", "invalid", "?cursor=%00");
        foreach (var malformed in (object[])[new { deleteRole = "me" }, new { role = 5 }, new { role = new { id, permissions = "1" } }, new { role = new { id, permissions = 1e30 } }, new { member = new { id, roles = new Guid?[] { null } } }, Array.Empty<int>()])
        {
            await RefusesAsync(owner, server.Id(), malformed, HttpStatusCode.BadRequest, "malformed_request");
        }

        await (await owner.PostAsync(Path(server.Id()), key: null)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");

        async Task InvalidAsync(object body, string field, string code, string query = "") =>
            await (await owner.PostAsync(Path(server.Id()) + query, null, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
    }

    private static string Path(Guid server) => $"/api/v1/servers/{server}/permissions/preview";

    private static async Task RefusesAsync(HttpClient client, Guid server, object change, HttpStatusCode status, string code) =>
        await (await client.PostAsync(Path(server), null, change)).RefusedAsync(status, code);

    /// <summary>All pages.</summary>
    private static async Task<List<(Guid User, Guid? Channel, Granted Gains, Granted Loses)>> PreviewAsync(HttpClient client, Guid server, object change, int limit = 100)
    {
        var items = new List<(Guid, Guid?, Granted, Granted)>();
        for (var query = $"?limit={limit}"; query is not null;)
        {
            using var response = await client.PostAsync(Path(server) + query, null, change);
            var page = await response.BodyAsync(HttpStatusCode.OK);
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 0, limit);
            items.AddRange(page.GetProperty("items").EnumerateArray().Select(item => (
                item.GetProperty("user").GetGuid(),
                item.TryGetProperty("channel", out var channel) ? channel.GetGuid() : (Guid?)null,
                (Granted)item.GetProperty("gains").GetInt64(),
                (Granted)item.GetProperty("loses").GetInt64())));
            query = page.TryGetProperty("next", out var next) ? $"?limit={limit}&cursor={next.GetString()}" : null;
        }

        return items;
    }

    private async Task<Guid> RoleAsync(Guid server, string builtIn) =>
        (await Sql.ListAsync<Guid>(Database, "select id from roles where server_id = $1 and built_in = $2", server, builtIn))[0];

    /// <summary>One of each kind, as a question and as statements that do it.</summary>
    private static IEnumerable<(object Change, string Sql, object[] Values)> Changes(RandomServer server, Random random)
    {
        for (var time = 0; time < 3; time++)
        {
            var (role, member, channel) = (Any(server.Roles), Any(server.Members.Skip(1)), Any(server.Channels));
            var (allow, deny) = (Flags(), Flags());
            deny &= ~allow;
            var permissions = random.NextInt64() & (long)Granted.All;
            yield return (new { role = new { id = role, permissions } }, "update roles set permissions = $2 where id = $1", [role, permissions]);
            Guid[] roles = [.. server.Roles.Where(_ => random.Next(3) == 0)];
            yield return (
                new { member = new { id = member, roles } },
                "with gone as (delete from member_roles where server_id = $1 and user_id = $2 and role_id <> all($3)) insert into member_roles select $1, $2, unnest($3) on conflict do nothing",
                [server.Id, member, roles]);
            foreach (var target in (Guid[])[role, member])
            {
                yield return (
                    new { @override = new { channel, target, allow, deny } },
                    "insert into channel_overrides values ($1, $2, $3, $4, $5) on conflict (channel_id, target_id) do update set allow = $4, deny = $5",
                    [channel, target, target == role, allow, deny]);
                yield return (new { @override = new { channel, target } }, "delete from channel_overrides where channel_id = $1 and target_id = $2", [channel, target]);
            }

            var isPrivate = random.Next(2) == 0;
            yield return (new { channel = new { id = channel, @private = isPrivate } }, "update channels set private = $2 where id = $1", [channel, isPrivate]);
        }

        yield return (new { deleteRole = server.Roles[^1] }, "delete from roles where id = $1", [server.Roles[^1]]);
        yield return (new { deleteRole = server.Roles[0] }, "delete from roles where id = $1", [server.Roles[0]]);

        T Any<T>(IEnumerable<T> things) => things.ElementAt(random.Next(things.Count()));

        long Flags() => random.NextInt64() & random.NextInt64() & (long)Granted.OfChannels;
    }

    /// <summary>What every member may do everywhere, by the statement that decides.</summary>
    private async Task<Dictionary<(Guid User, Guid? Channel), Granted>> EverythingAsync(RandomServer server)
    {
        var lookup = Deployment.Replicas[0].Services.GetRequiredService<PermissionLookup>();
        var found = await lookup.ReadAsync([.. server.Channels], [.. server.Members], Cancellation);
        var everything = new Dictionary<(Guid, Guid?), Granted>();
        foreach (var standing in found)
        {
            Assert.NotNull(standing.Member);
            everything[(standing.User, standing.Channel)] = standing.Granted;
            everything[(standing.User, null)] = Chat.Access.EffectivePermissions.InServer(standing.Member);
        }

        return everything;
    }
}
