using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Requests about channels that meet.</summary>
public sealed class ChannelRaceTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Of_twenty_deletions_of_one_channel_at_once_one_does_it()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        var rev = await community.RevAsync();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await community.As(index % 2 == 0 ? "owner" : "admin").SendAsync(HttpMethod.Delete, $"/api/v1/channels/{community.General}");
            return response.StatusCode;
        }));

        // Whoever asks again before the deletion is effective everywhere is told when it is.
        Assert.Contains(HttpStatusCode.NoContent, statuses);
        Assert.All(statuses, status => Assert.True(status is HttpStatusCode.NoContent or HttpStatusCode.NotFound, $"{status}"));
        Assert.Equal(rev + 1, await community.RevAsync());
        Assert.Single(await Sql.ListAsync<Guid>(Deployment.Database, "select id from audit_log where target_id = $1 and action = 'channel.deleted'", community.General));
    }

    [Fact]
    public async Task A_channel_that_is_deleted_while_it_is_changed_is_gone_with_all_of_it()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var path = $"/api/v1/channels/{community.General}";
        var member = community.Of("member").Id;

        var attempts = Enumerable.Range(0, 30).Select(async index =>
        {
            var (client, flag) = (community.As(index % 2 == 0 ? "owner" : "admin"), 1L << (index % 2 == 0 ? 1 : 11));
            using var response = (index % 3) switch
            {
                0 => await client.SendAsync(HttpMethod.Put, $"{path}/overrides/{member}", new { kind = "member", deny = flag }),
                1 => await client.SendAsync(HttpMethod.Patch, path, new { topic = $"{index}" }),
                _ => await client.SendAsync(HttpMethod.Patch, $"/api/v1/servers/{community.Server}/channels", new { channels = new[] { new { id = community.General } } }),
            };
            return response.StatusCode;
        }).ToList();
        await community.Owner.Client.SendAsync(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);

        // An order that names it is a bad request once it is gone.
        Assert.All(
            await Task.WhenAll(attempts),
            status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.NoContent or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{status}"));
        await community.Owner.Client.RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select target_id from channel_overrides where channel_id = $1", community.General));
        Assert.Null(await Deployment.Readers[0].GetAsync(community.General, member, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Of_creations_at_once_as_many_succeed_as_the_server_has_room_for()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channels (id, server_id, name, kind, position) select gen_random_uuid(), $1, 'Seed', 'text', n from generate_series(1, 494) n",
            community.Server);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await community.As(index % 2 == 0 ? "owner" : "admin")
                .SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/channels", new { name = $"Number {index}", kind = "text" });
            return response.StatusCode;
        }));

        Assert.Equal((5, 15), (statuses.Count(status => status == HttpStatusCode.Created), statuses.Count(status => status == HttpStatusCode.Conflict)));
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/channels", new { name = "One more", kind = "text" }))
            .RefusedAsync(HttpStatusCode.Conflict, "too_many_channels");
        var positions = await Sql.ListAsync<int>(Deployment.Database, "select position from channels where server_id = $1 order by position", community.Server);
        Assert.Equal(Enumerable.Range(0, 500), positions);
    }

    [Fact]
    public async Task Overrides_of_one_target_at_once_end_in_one_of_them_and_the_readers_agree()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var member = community.Of("member").Id;
        Granted[] flags = [Granted.SendMessages, Granted.AttachFiles, Granted.AddReactions, Granted.CreateInvite];

        await Task.WhenAll(Enumerable.Range(0, 24).Select(index => community.As(index % 2 == 0 ? "owner" : "admin").SendAsync(
            HttpMethod.Put, $"/api/v1/channels/{community.General}/overrides/{member}", new { kind = "member", deny = (long)flags[index % flags.Length] }, HttpStatusCode.OK)));

        var only = (await community.Owner.Client.ReadAsync($"/api/v1/channels/{community.General}/overrides")).GetProperty("items").EnumerateArray().Single();
        var denied = (Granted)only.GetProperty("deny").GetInt64();
        Assert.Contains(denied, flags);
        foreach (var reader in Deployment.Readers)
        {
            var access = await reader.GetAsync(community.General, member, TestContext.Current.CancellationToken);
            Assert.NotNull(access);
            Assert.Equal(flags.Aggregate((one, other) => one | other) & ~denied, access.Granted & flags.Aggregate((one, other) => one | other));
        }
    }
}
