using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Who may not do what to channels, categories and overrides: role by role, and for who is timed out or comes to an archived server.</summary>
public sealed class ChannelRefusalTests(ServersFixture fixture)
{
    private static readonly string[] Roles = Community.Everybody;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Guests_and_members_change_no_channel_moderators_delete_none_and_strangers_find_none()
    {
        using var community = await Community.FoundAsync(Deployment);
        var (server, channel) = ($"/api/v1/servers/{community.Server}", $"/api/v1/channels/{community.General}");
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{server}/categories", new { name = "Games" }, HttpStatusCode.Created)).Id();
        var rev = await community.RevAsync();

        await Refuse(["guest", "member"], HttpMethod.Post, $"{server}/channels", new { name = "a", kind = "text" }, "server_not_found");
        await Refuse(["guest", "member"], HttpMethod.Patch, $"{server}/channels", new { channels = new[] { new { id = community.General } } }, "server_not_found");
        await Refuse(["guest", "member"], HttpMethod.Post, $"{server}/categories", new { name = "a" }, "server_not_found");
        await Refuse(["guest", "member"], HttpMethod.Patch, $"{server}/categories/{category}", new { name = "a" }, "server_not_found");
        await Refuse(["guest", "member", "moderator"], HttpMethod.Delete, $"{server}/categories/{category}", null, "server_not_found");
        await Refuse(["guest", "member"], HttpMethod.Patch, channel, new { name = "a" }, "channel_not_found");
        await Refuse(["guest", "member", "moderator"], HttpMethod.Patch, channel, new { @private = true }, "channel_not_found");
        await Refuse(["guest", "member", "moderator"], HttpMethod.Delete, channel, null, "channel_not_found");
        await Refuse(["guest", "member", "moderator"], HttpMethod.Get, $"{channel}/overrides", null, "channel_not_found");
        var target = community.Of("guest").Id;
        await Refuse(["guest", "member", "moderator"], HttpMethod.Put, $"{channel}/overrides/{target}", new { kind = "member", deny = 1 }, "channel_not_found");
        await Refuse(["guest", "member", "moderator"], HttpMethod.Delete, $"{channel}/overrides/{target}", null, "channel_not_found");
        foreach (var path in (string[])[channel, $"{server}/channels", $"{server}/categories"])
        {
            await community.As("stranger").RefusesAsync(path, HttpStatusCode.NotFound, path == channel ? "channel_not_found" : "server_not_found");
            foreach (var role in Roles.Where(role => role != "stranger"))
            {
                await community.As(role).ReadAsync(path);
            }
        }

        Assert.Equal(rev, await community.RevAsync());

        async Task Refuse(string[] roles, HttpMethod method, string path, object? body, string toStrangers)
        {
            await (await community.As("stranger").SendAsync(method, path, body)).RefusedAsync(HttpStatusCode.NotFound, toStrangers);
            foreach (var role in roles)
            {
                await (await community.As(role).SendAsync(method, path, body)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
            }
        }
    }

    [Fact]
    public async Task A_channel_that_one_cannot_see_is_not_there_whatever_one_asks()
    {
        using var community = await Community.FoundAsync(Deployment, "stranger", "moderator", "guest");
        var hidden = (await community.Owner.Client.SendAsync(
            HttpMethod.Post, $"/api/v1/servers/{community.Server}/channels", new { name = "hidden", kind = "text", @private = true }, HttpStatusCode.Created)).Id();
        var target = community.Of("guest").Id;
        foreach (var role in (string[])["stranger", "guest", "moderator"])
        {
            var channels = role == "stranger" ? new[] { hidden, Guid.CreateVersion7(), community.General } : [hidden, Guid.CreateVersion7()];
            foreach (var path in channels.Select(id => $"/api/v1/channels/{id}"))
            {
                foreach (var (method, suffix, body) in (List<(HttpMethod, string, object?)>)
                    [
                        (HttpMethod.Get, "", null),
                        (HttpMethod.Patch, "", new { name = "a" }),
                        (HttpMethod.Patch, "", new { name = "" }),
                        (HttpMethod.Delete, "", null),
                        (HttpMethod.Get, "/overrides", null),
                        (HttpMethod.Put, $"/overrides/{target}", new { kind = "member", allow = 1 }),
                        (HttpMethod.Put, $"/overrides/{target}", new { kind = "none" }),
                        (HttpMethod.Delete, $"/overrides/{target}", null),
                    ])
                {
                    await (await community.As(role).SendAsync(method, path + suffix, body)).RefusedAsync(HttpStatusCode.NotFound, "channel_not_found");
                }
            }
        }

        await (await community.As("moderator").SendAsync(HttpMethod.Patch, $"/api/v1/servers/{community.Server}/channels", new { channels = new[] { new { id = hidden } } }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "channels[0].id", "not_found");
    }

    [Fact]
    public async Task What_a_channel_denies_its_managers_counts_there()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var path = $"/api/v1/channels/{community.General}";
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/categories", new { name = "Games" }, HttpStatusCode.Created)).Id();
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{community.Of("moderator").Id}", new { kind = "member", deny = (long)Granted.ManageChannels }, HttpStatusCode.OK);

        await (await community.As("moderator").SendAsync(HttpMethod.Patch, path, new { name = "a" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await community.As("moderator").SendAsync(HttpMethod.Patch, $"/api/v1/servers/{community.Server}/channels", new { channels = new[] { new { id = community.General, category } } }))
            .RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await community.As("moderator").SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/channels", new { name = "b", kind = "text" }, HttpStatusCode.Created);

        // And what it allows counts too.
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{community.Of("moderator").Id}", new { kind = "member", allow = (long)Granted.DeleteChannels }, HttpStatusCode.OK);
        await community.As("moderator").SendAsync(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Nobody_changes_channels_while_timed_out_or_in_an_archived_server()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var (server, channel) = ($"/api/v1/servers/{community.Server}", $"/api/v1/channels/{community.General}");
        var moderator = community.Of("moderator").Id;
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{server}/categories", new { name = "Games" }, HttpStatusCode.Created)).Id();
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{channel}/overrides/{moderator}", new { kind = "member", allow = 2 }, HttpStatusCode.OK);
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_timeouts (server_id, user_id, until) values ($1, $2, $3)", community.Server, moderator, DateTimeOffset.UtcNow.AddHours(1));
        await (await community.As("moderator").SendAsync(HttpMethod.Patch, channel, new { name = "a" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await community.As("moderator").SendAsync(HttpMethod.Post, $"{server}/channels", new { name = "a", kind = "text" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");

        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", community.Server);
        foreach (var (method, path, body) in (List<(HttpMethod, string, object?)>)
            [
                (HttpMethod.Post, $"{server}/channels", new { name = "a", kind = "text" }),
                (HttpMethod.Patch, $"{server}/channels", new { channels = new[] { new { id = community.General } } }),
                (HttpMethod.Patch, channel, new { name = "a" }),
                (HttpMethod.Delete, channel, null),
                (HttpMethod.Post, $"{server}/categories", new { name = "a" }),
                (HttpMethod.Patch, $"{server}/categories/{category}", new { name = "a" }),
                (HttpMethod.Delete, $"{server}/categories/{category}", null),
                (HttpMethod.Put, $"{channel}/overrides/{moderator}", new { kind = "member", allow = 1 }),
                (HttpMethod.Delete, $"{channel}/overrides/{moderator}", null),
            ])
        {
            await (await community.Owner.Client.SendAsync(method, path, body)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        }

        // It can still be read.
        Assert.Equal(1, (await community.Owner.Client.ReadAsync($"{channel}/overrides")).GetProperty("items").GetArrayLength());
        Assert.Equal("general", (await community.Owner.Client.ReadAsync(channel)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Without_a_token_nothing_is_answered()
    {
        using var nobody = Deployment.Replicas[0].CreateClient();
        var (server, channel) = ($"/api/v1/servers/{Guid.CreateVersion7()}", $"/api/v1/channels/{Guid.CreateVersion7()}");
        foreach (var (method, path) in (List<(HttpMethod, string)>)
            [
                (HttpMethod.Get, $"{server}/channels"), (HttpMethod.Post, $"{server}/channels"), (HttpMethod.Patch, $"{server}/channels"),
                (HttpMethod.Get, channel), (HttpMethod.Patch, channel), (HttpMethod.Delete, channel),
                (HttpMethod.Get, $"{server}/categories"), (HttpMethod.Post, $"{server}/categories"), (HttpMethod.Delete, $"{server}/categories/{Guid.Empty}"),
                (HttpMethod.Get, $"{channel}/overrides"), (HttpMethod.Put, $"{channel}/overrides/{Guid.Empty}"), (HttpMethod.Delete, $"{channel}/overrides/{Guid.Empty}"),
            ])
        {
            await (await nobody.SendAsync(method, path, method == HttpMethod.Get || method == HttpMethod.Delete ? null : new { })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }
}
