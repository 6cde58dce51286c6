using System.Diagnostics;
using System.Net.Sockets;
using Chat.Access;
using Chat.Servers.Access;
using Chat.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>All that somebody may view, in one answer.</summary>
public sealed class UserChannelsTests(ServersFixture fixture) : IAsyncDisposable
{
    private readonly PeopleService _service = new(fixture.Deployment);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task G4_it_names_exactly_the_channels_that_each_member_of_random_servers_may_view()
    {
        var random = new Random(17);
        var lookup = Deployment.Replicas[0].Services.GetRequiredService<PermissionLookup>();
        for (var round = 0; round < 3; round++)
        {
            using var server = await RandomServer.CreateAsync(Deployment, random, members: 25, roles: 8, channels: 15);
            await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = case when $2 then now() end where id = $1", server.Id, round == 2);
            var seen = (await lookup.ReadAsync([.. server.Channels], [.. server.Members], Cancellation)).ToLookup(found => found.User);
            foreach (var member in server.Members)
            {
                var expected = seen[member].Where(found => found.Granted != Granted.None).Select(found => found.Channel).Order();
                var answer = Assert.Single(await _service.ChannelsAsync(member));
                Assert.Equal(expected, answer.Channels.Select(channel => channel.Id).Order());
                Assert.Equal((server.Id, seen[member].First().Rev), (answer.Server, answer.Rev));
                Assert.Equal(await Sql.ListAsync<Guid>(Deployment.Database, "select role_id from member_roles where server_id = $1 and user_id = $2 order by role_id", server.Id, member), answer.Roles);
            }
        }
    }

    [Fact]
    public async Task Servers_come_in_the_order_of_joining_and_one_can_be_asked_about_alone()
    {
        using var first = await Crowd.FoundAsync(Deployment);
        using var second = await Crowd.FoundAsync(Deployment);
        using var foreign = await Crowd.FoundAsync(Deployment);
        var bob = await second.JoinAsync();
        await (await bob.Client.AcceptAsync(first.Code)).BodyAsync(HttpStatusCode.OK);
        using var made = await first.Owner.Client.PostAsync($"{first.Path}/channels", null, new { name = "talk", kind = "voice" });
        var talk = (await made.BodyAsync(HttpStatusCode.Created)).Id();

        var servers = await _service.ChannelsAsync(bob.Id);
        Assert.Equal([(second.Server, "A server"), (first.Server, "A server")], servers.Select(server => (server.Server, server.Name)));
        Assert.Equal([new UserChannel(second.General, "general", "text")], servers[0].Channels);
        Assert.Equal([new UserChannel(first.General, "general", "text"), new UserChannel(talk, "talk", "voice")], servers[1].Channels);
        Assert.Equal([[second.Role("member")], [first.Role("member")]], servers.Select(server => server.Roles));
        Assert.Equal([await second.RevAsync(), await first.RevAsync()], servers.Select(server => server.Rev));
        var joinedAt = await Sql.ListAsync<DateTimeOffset>(Deployment.Database, "select joined_at from members where user_id = $1 order by joined_at", bob.Id);
        Assert.All(joinedAt.Zip(servers), pair => Assert.Equal(pair.First, pair.Second.JoinedAt, TimeSpan.FromMilliseconds(1)));

        Assert.Equal([first.Server], (await _service.ChannelsAsync(bob.Id, first.Server)).Select(server => server.Server));
        Assert.Equal([first.General, talk], (await _service.ChannelsAsync(bob.Id, first.Server))[0].Channels.Select(channel => channel.Id));
        Assert.Empty(await _service.ChannelsAsync(bob.Id, foreign.Server));
        Assert.Empty(await _service.ChannelsAsync(bob.Id, Guid.CreateVersion7()));
        Assert.Empty(await _service.ChannelsAsync(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task G4_what_was_lost_is_not_named_any_more_once_the_loss_was_answered()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        Assert.Single((await _service.ChannelsAsync(bob.Id))[0].Channels);
        var path = $"/api/v1/channels/{crowd.General}";
        await (await crowd.Owner.Client.EditAsync(path, new { @private = true })).BodyAsync(HttpStatusCode.OK);
        Assert.Empty((await _service.ChannelsAsync(bob.Id))[0].Channels);
        await (await crowd.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{bob.Id}", new { kind = "member", allow = (long)Granted.ViewChannel })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal([crowd.General], (await _service.ChannelsAsync(bob.Id))[0].Channels.Select(channel => channel.Id));
        await (await crowd.Owner.Client.RemoveAsync(crowd.Member(bob))).DoneAsync();
        Assert.Empty(await _service.ChannelsAsync(bob.Id));
        Assert.Equal([crowd.General], (await _service.ChannelsAsync(crowd.Owner.Id))[0].Channels.Select(channel => channel.Id));
    }

    [Fact]
    public async Task Only_services_may_ask_and_what_they_ask_is_checked()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var path = $"/internal/users/{crowd.Owner.Id}/channels";
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("servers"));
        using var elsewhere = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("messaging"));
        Assert.Equal(crowd.Server, (await service.ReadAsync(path)).GetProperty("servers")[0].GetProperty("server").GetGuid());
        foreach (var unfit in (string[])["x", "", "%00", crowd.Server + "x"])
        {
            await service.RefusesAsync($"{path}?server={unfit}", HttpStatusCode.BadRequest, "validation_failed", "server", "invalid");
        }

        await elsewhere.RefusesAsync(path, HttpStatusCode.Unauthorized, "unauthenticated");
        await crowd.Owner.Client.RefusesAsync(path, HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Without_servers_nobody_is_told_that_there_is_nothing()
    {
        // A port that is taken, and at which nobody answers.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var alone = new PeopleService(Deployment, $"http://{taken.LocalEndPoint}");
        var problem = await Assert.ThrowsAsync<ServiceUnavailableException>(async () => await alone.ChannelsAsync(Guid.CreateVersion7()));
        Assert.Equal("permissions_unavailable", problem.Code);
        problem = await Assert.ThrowsAsync<ServiceUnavailableException>(async () => await alone.SharedAsync(Guid.CreateVersion7(), Guid.CreateVersion7()));
        Assert.Equal("permissions_unavailable", problem.Code);
    }

    /// <summary>With <c>--xunit-diagnostics on</c> it shows how long that takes.</summary>
    [Fact]
    public async Task A_hundred_servers_of_two_hundred_channels_are_answered_at_once()
    {
        const int Servers = 100, Channels = 200, Rounds = 10;
        var user = Guid.CreateVersion7();
        await FillAsync(user, Servers, Channels);
        var (all, one) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            var servers = await _service.ChannelsAsync(user);
            all.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            Assert.Equal(Servers, servers.Count);
            // One in four is private, and a role of the user lets them into every other one of these.
            Assert.All(servers, server => Assert.Equal((Channels * 3 / 4) + (Channels / 8), server.Channels.Count));
            began = Stopwatch.GetTimestamp();
            Assert.Single(await _service.ChannelsAsync(user, servers[^1].Server));
            one.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        foreach (var (what, times) in ((string, List<double>)[])[("all servers", all), ("one server", one)])
        {
            times.Sort();
            TestContext.Current.SendDiagnosticMessage("{0}: p50 {1:0.0} ms, p95 {2:0.0} ms", what, times[times.Count / 2], times[times.Count * 95 / 100]);
        }

        Assert.InRange(all[Rounds / 2], 0, 5000);
    }

    /// <summary>Servers with ten roles, of which the user holds three, and channels with overrides of five roles and two members each.</summary>
    private async Task FillAsync(Guid user, int servers, int channels)
    {
        await using var source = NpgsqlDataSource.Create(Deployment.Database);
        await using var command = source.CreateCommand(
            $"""
            create temporary table many as select gen_random_uuid() as id, n from generate_series(1, {servers}) n;
            insert into profiles (id, username, display_name, updated_at) values ('{user}', 'many', 'Many', now());
            insert into servers (id, name, owner_id, rev, member_count, created_at) select id, 'Server ' || n, gen_random_uuid(), 7, 1, now() from many;
            create temporary table many_roles as select gen_random_uuid() as id, many.id as server, place as n from many cross join generate_series(0, 9) place;
            insert into roles (id, server_id, name, position, permissions) select id, server, 'Role ' || many_roles.n, many_roles.n, case many_roles.n when 0 then 3 else 0 end from many_roles;
            insert into members (server_id, user_id, joined_rev, joined_at) select id, '{user}', 2, now() - interval '1 hour' * n from many;
            insert into member_roles (server_id, user_id, role_id) select server, '{user}', id from many_roles where n < 3;
            create temporary table rooms as select gen_random_uuid() as id, many.id as server, place as n from many cross join generate_series(1, {channels}) place;
            insert into channels (id, server_id, name, kind, private, position) select id, server, 'channel-' || n, 'text', n % 4 = 0, n from rooms;
            insert into channel_overrides (channel_id, target_id, of_role, allow, deny)
              select rooms.id, r.id, true, case when rooms.n % 8 = 0 then 1 else 0 end, 512 from rooms join many_roles r on r.server = rooms.server and r.n % 2 = 1
              union all select rooms.id, gen_random_uuid(), false, 1, 2 from rooms cross join generate_series(1, 2);
            analyze servers, members, member_roles, roles, channels, channel_overrides;
            """);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
