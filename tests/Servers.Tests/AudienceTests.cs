using Chat.Access;
using Chat.Servers.Access;
using Microsoft.Extensions.DependencyInjection;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Whom a channel's messages can reach.</summary>
public sealed class AudienceTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    private AudienceReader Redis => PatientRedis.Audiences(Deployment.Redis);

    [Fact]
    public async Task G4_redis_and_servers_name_exactly_those_who_may_view_each_channel_of_random_servers()
    {
        var random = new Random(11);
        for (var round = 0; round < 4; round++)
        {
            using var server = await RandomServer.CreateAsync(Deployment, random, members: 40, roles: 8, channels: 10);
            await Sql.ExecuteAsync(Deployment.Database, "update roles set mentionable = position % 2 = 0 where server_id = $1", server.Id);
            await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = case when $2 then now() end where id = $1", server.Id, round == 3);
            var services = Deployment.Replicas[0].Services;
            await services.GetRequiredService<PermissionModelRebuilder>().RebuildAsync(server.Id, server.Channels[0], Cancellation);
            Guid[] users = [Guid.CreateVersion7(), .. server.Members, server.Members[3]];
            var foreign = await Sql.ListAsync<Guid>(Deployment.Database, "select id from roles where server_id <> $1 limit 3", server.Id);
            Guid[] roles = [.. foreign, .. server.Roles, Guid.CreateVersion7()];
            var lookup = services.GetRequiredService<PermissionLookup>();
            var mentionable = await Sql.ListAsync<Guid>(Deployment.Database, "select id from roles where server_id = $1 and mentionable", server.Id);
            foreach (var channel in server.Channels)
            {
                var viewers = (await lookup.ReadAsync([channel], [.. users.Distinct()], Cancellation)).Where(found => found.Granted != Granted.None).Select(found => found.User).ToHashSet();
                var (of, answered) = await lookup.AudienceAsync(channel, new AudienceQuestion(users, roles), Cancellation) ?? default;
                Assert.Equal(server.Id, of);
                var whole = await Redis.ReadAsync(channel, users[..^1], roles, Cancellation);
                foreach (var audience in (ChannelAudience?[])[whole, answered, await Deployment.Readers[0].AudienceAsync(channel, users, roles, Cancellation)])
                {
                    Assert.NotNull(audience);
                    Assert.Equal(users.Distinct().Where(viewers.Contains), audience.Users);
                    Assert.Equal(server.Roles.Select(role => new AudienceRole(role, mentionable.Contains(role))), audience.Roles);
                }
            }
        }
    }

    [Fact]
    public async Task Whether_a_role_may_be_mentioned_is_known_as_soon_as_it_is_changed()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        await InRedisAsync(crowd);
        var (path, role) = ($"{crowd.Path}/roles", await crowd.MakeAsync("Helpers", Granted.None));
        Assert.Equal([new AudienceRole(role, false)], (await KnownAsync(crowd.General, [], [role])).Roles);
        foreach (var mentionable in (bool[])[true, false, true])
        {
            await (await crowd.Owner.Client.EditAsync($"{path}/{role}", new { mentionable })).BodyAsync(HttpStatusCode.OK);
            Assert.Equal([new AudienceRole(role, mentionable)], (await KnownAsync(crowd.General, [], [role])).Roles);
        }

        // Other changes of the role keep it, and what it grants is read as before.
        var member = await crowd.JoinAsync("bob", 0, role, crowd.Role("member"));
        await (await crowd.Owner.Client.EditAsync($"{path}/{role}", new { permissions = (long)Granted.ManageMessages })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal([new AudienceRole(role, true)], (await KnownAsync(crowd.General, [member.Id], [role])).Roles);
        Assert.All(await crowd.SeenAsync(member), granted => Assert.True(granted?.HasFlag(Granted.ManageMessages)));

        using var born = await crowd.Owner.Client.PostAsync(path, null, new { name = "Loud", mentionable = true });
        var loud = (await born.BodyAsync(HttpStatusCode.Created)).Id();
        Assert.Equal([new AudienceRole(loud, true)], (await KnownAsync(crowd.General, [], [loud])).Roles);
        await (await crowd.Owner.Client.RemoveAsync($"{path}/{loud}")).DoneAsync();
        Assert.Empty((await KnownAsync(crowd.General, [], [loud])).Roles);
    }

    [Fact]
    public async Task G4_who_was_kicked_or_lost_sight_of_the_channel_is_not_reached_any_more()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (bob, cat) = (await crowd.JoinAsync(), await crowd.JoinAsync("cat"));
        await InRedisAsync(crowd);
        Guid[] asked = [cat.Id, crowd.Owner.Id, bob.Id];
        Assert.Equal(asked, await ReachedAsync());
        await (await crowd.Owner.Client.RemoveAsync(crowd.Member(bob))).DoneAsync();
        Assert.Equal([cat.Id, crowd.Owner.Id], await ReachedAsync());
        await (await crowd.Owner.Client.EditAsync($"/api/v1/channels/{crowd.General}", new { @private = true })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal([crowd.Owner.Id], await ReachedAsync());
        await (await crowd.Owner.Client.RemoveAsync($"/api/v1/channels/{crowd.General}")).DoneAsync();
        Assert.Empty(await ReachedAsync());

        async Task<IReadOnlyList<Guid>> ReachedAsync()
        {
            var (one, two) = (await Deployment.Readers[0].AudienceAsync(crowd.General, asked, [], Cancellation), await Deployment.Readers[1].AudienceAsync(crowd.General, asked, [], Cancellation));
            Assert.Equal(one.Users, two.Users);
            return one.Users;
        }
    }

    [Fact]
    public async Task A_model_of_before_roles_said_whether_they_may_be_mentioned_is_read_and_one_of_a_later_version_left_to_servers()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var member = await crowd.JoinAsync();
        await InRedisAsync(crowd);
        var (hash, role) = (PermissionModel.ServerKey(crowd.Server), crowd.Role("member"));
        await Sql.ExecuteAsync(Deployment.Database, "update roles set mentionable = true where id = $1", role);
        var before = (long)Granted.ViewChannel;
        await Deployment.Redis.AskAsync(store => store.HashSetAsync(hash, PermissionModel.Role(role), before));
        var audience = await Deployment.Readers[0].AudienceAsync(crowd.General, [member.Id], [role], Cancellation);
        AssertSame([member.Id], [new AudienceRole(role, false)], audience);

        foreach (var (field, value) in ((string, string)[])
            [(PermissionModel.Role(role), "1@@"), (PermissionModel.Member(member.Id), "everything"), (PermissionModel.Channel(crowd.General), "of a later version"), (PermissionModel.Timeout(member.Id), "soon")])
        {
            var kept = await Deployment.Redis.AskAsync(store => store.HashGetAsync(hash, field));
            await Deployment.Redis.AskAsync(store => store.HashSetAsync(hash, field, value));
            Assert.Null(await ModelAsync(crowd.General, [member.Id], [role]));
            audience = await Deployment.Readers[0].AudienceAsync(crowd.General, [member.Id], [role], Cancellation);
            AssertSame([member.Id], [new AudienceRole(role, true)], audience);
            _ = kept.IsNull ? await Deployment.Redis.AskAsync(store => store.HashDeleteAsync(hash, field)) : await Deployment.Redis.AskAsync(store => store.HashSetAsync(hash, field, kept));
        }
    }

    [Fact]
    public async Task While_Redis_is_away_servers_answer()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (member, stranger) = (await crowd.JoinAsync(), await crowd.StrangerAsync());
        await (await crowd.Owner.Client.EditAsync($"/api/v1/channels/{crowd.General}", new { slowMode = 9 })).BodyAsync(HttpStatusCode.OK);
        var redis = fixture.Stores.Redis.Split(',')[0].Split(':');
        await using var gate = new TcpGate(redis[0], int.Parse(redis[1], System.Globalization.CultureInfo.InvariantCulture));
        await using var service = await PermissionService.StartAsync(Deployment.Settings, $"127.0.0.1:{gate.Port},defaultDatabase=1");
        var reader = service.Permissions;
        Assert.NotNull(await reader.GetAsync(crowd.General, member.Id, Cancellation));

        gate.Shut();
        var audience = await reader.AudienceAsync(crowd.General, [stranger.Id, member.Id], [crowd.Role("guest"), Guid.CreateVersion7()], Cancellation);
        AssertSame([member.Id], [new AudienceRole(crowd.Role("guest"), false)], audience);
        Assert.Equal(9, (await reader.GetAsync(crowd.General, member.Id, Cancellation))?.SlowMode);
        Assert.Equal(9, (await reader.GetManyAsync([crowd.General], member.Id, Cancellation))[crowd.General].SlowMode);
        audience = await reader.AudienceAsync(Guid.CreateVersion7(), [member.Id], [crowd.Role("guest")], Cancellation);
        Assert.Equal((0, 0), (audience.Users.Count, audience.Roles.Count));
    }

    [Fact]
    public async Task At_most_a_hundred_users_and_roles_are_asked_about_and_only_by_services()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        Guid[] hundred = [.. Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7())];
        Guid[] more = [.. hundred, Guid.CreateVersion7()];
        foreach (var reader in Deployment.Readers)
        {
            var none = await reader.AudienceAsync(crowd.General, [.. hundred, hundred[0]], hundred, Cancellation);
            Assert.Equal((0, 0), (none.Users.Count, none.Roles.Count));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("users", async () => await reader.AudienceAsync(crowd.General, more, [], Cancellation));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("roles", async () => await reader.AudienceAsync(crowd.General, [], more, Cancellation));
            Assert.Empty((await reader.AudienceAsync(crowd.General, [], [], Cancellation)).Users);
        }

        var path = $"/internal/channels/{crowd.General}/audience";
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("servers"));
        Assert.Equal("{\"users\":[],\"roles\":[]}", (await (await service.PostAsync(path, null, new { users = hundred, roles = hundred })).BodyAsync(HttpStatusCode.OK)).GetRawText());
        var refused = await (await service.PostAsync(path, null, new { users = more, roles = more })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "users", "too_many");
        Assert.Equal("too_many", refused.GetProperty("errors").GetProperty("roles")[0].GetProperty("code").GetString());
        await (await service.PostAsync(path, null, new { users = hundred })).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        await (await service.PostAsync(path, null, "{\"users\":null,\"roles\":[]}")).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        await (await service.PostAsync(path, null, new { users = (string[])["bob"], roles = hundred })).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        await (await service.PostAsync($"/internal/channels/{Guid.CreateVersion7()}/audience", null, new { users = hundred, roles = hundred }))
            .RefusedAsync(HttpStatusCode.NotFound, "channel_not_found");
        await (await crowd.Owner.Client.PostAsync(path, null, new { users = hundred, roles = hundred })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static void AssertSame(Guid[] users, AudienceRole[] roles, ChannelAudience audience)
    {
        Assert.Equal(users, audience.Users);
        Assert.Equal(roles, audience.Roles);
    }

    private Task<ChannelAudience?> ModelAsync(Guid channel, Guid[] users, Guid[] roles) => Redis.ReadAsync(channel, users, roles, Cancellation);

    /// <summary>What Redis says of a whole model: where the repair overtook a change on a machine that stood still, whoever asks has it built again first.</summary>
    private async Task<ChannelAudience> KnownAsync(Guid channel, Guid[] users, Guid[] roles)
    {
        ChannelAudience? known = null;
        await Eventually.HoldsAsync("the model in Redis", async () =>
        {
            await Deployment.Readers[0].AudienceAsync(channel, users, roles, Cancellation);
            known = await ModelAsync(channel, users, roles);
            return known is not null;
        });
        return known ?? ChannelAudience.Nobody;
    }

    /// <summary>The model is there from the question for an audience on, which asks for it.</summary>
    private Task InRedisAsync(Crowd crowd) => Eventually.HoldsAsync("the model in Redis", async () =>
    {
        Assert.Equal([crowd.Owner.Id], (await Deployment.Readers[0].AudienceAsync(crowd.General, [crowd.Owner.Id], [], Cancellation)).Users);
        return await ModelAsync(crowd.General, [crowd.Owner.Id], []) is not null;
    });
}
