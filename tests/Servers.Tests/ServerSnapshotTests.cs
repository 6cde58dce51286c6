using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>What each member sees of a server, and by which tag they know that they have it.</summary>
public sealed class ServerSnapshotTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Channels_and_headings_that_a_member_cannot_see_are_not_in_it()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "moderator", "member", "guest");
        foreach (var sql in new[]
        {
            "insert into categories (id, server_id, name, position) values (gen_random_uuid(), $1, 'Hidden heading', 0), (gen_random_uuid(), $1, 'Open heading', 1)",
            "insert into channels (id, server_id, name, kind, category_id, position, private) select gen_random_uuid(), $1, 'hidden', 'text', id, 0, true from categories where server_id = $1 and position = 0",
            "insert into channels (id, server_id, name, kind, category_id, position) select gen_random_uuid(), $1, 'open', 'text', id, 0 from categories where server_id = $1 and position = 1",
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) select c.id, r.id, true, 1, 2 from channels c, roles r where c.server_id = $1 and c.name = 'hidden' and r.server_id = $1 and r.built_in = 'guest'",
        })
        {
            await Sql.ExecuteAsync(Deployment.Database, sql, community.Server);
        }

        Assert.Equal("general, open | Open heading", await SeenAsync(community, "member"));
        Assert.Equal("general, hidden, open | Hidden heading, Open heading", await SeenAsync(community, "guest"));
        Assert.Equal("general, open | Hidden heading, Open heading", await SeenAsync(community, "moderator"));
        Assert.Equal("general, hidden, open | Hidden heading, Open heading", await SeenAsync(community, "owner"));
        Assert.DoesNotContain("idden", (await community.As("member").ReadAsync(community.Path)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_channel_says_what_the_reader_may_do_in_it_as_the_readers_of_other_services_do()
    {
        using var community = await Community.FoundAsync(Deployment);
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, true, 0, $3), ($1, $4, false, $3, 0)",
            community.General,
            community.Role("member"),
            (long)Permissions.SendMessages,
            community.Of("guest").Id);
        await Deployment.ForgetModelAsync(community.Server);
        foreach (var role in Community.Everybody.Except(["stranger"]))
        {
            var shown = (Permissions)(await community.As(role).ReadAsync(community.Path)).GetProperty("channels")[0].GetProperty("permissions").GetInt64();
            Assert.Equal(shown, (await Deployment.Readers[0].GetAsync(community.General, community.Of(role).Id, Cancellation))?.Granted);
            Assert.Equal(role != "member", shown.HasFlag(Permissions.SendMessages));
        }
    }

    [Fact]
    public async Task Every_change_changes_the_tag_and_a_reader_who_has_it_is_told_so()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        var tag = await TagAsync(community, "member");
        foreach (var (method, path, body) in new (HttpMethod, string, object?)[]
        {
            (HttpMethod.Patch, "", new { name = "Other" }),
            (HttpMethod.Post, "/channels", new { name = "more", kind = "text" }),
            (HttpMethod.Post, "/roles", new { name = "More" }),
            (HttpMethod.Post, "/archive", null),
            (HttpMethod.Post, "/reopen", null),
        })
        {
            using var same = await GetAsync(community, "member", tag);
            Assert.Equal((HttpStatusCode.NotModified, tag), (same.StatusCode, same.Headers.ETag?.ToString()));
            Assert.Empty(await same.Content.ReadAsByteArrayAsync(Cancellation));

            using var changed = await community.Owner.Client.SendAsync(method, community.Path + path, body);
            Assert.True(changed.IsSuccessStatusCode, $"{method} {path}: {changed.StatusCode}");
            using var other = await GetAsync(community, "member", tag);
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
            Assert.NotEqual(tag, other.Headers.ETag?.ToString());
            tag = other.Headers.ETag?.ToString() ?? "";
        }
    }

    [Fact]
    public async Task A_timeout_that_is_over_by_itself_changes_the_tag_though_not_the_revision()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        var (server, member) = (community.Server, community.Of("member").Id);
        var before = await TagAsync(community, "member");
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_timeouts (server_id, user_id, until) values ($1, $2, now() + interval '1 hour')", server, member);

        using var during = await GetAsync(community, "member", before);
        var timedOut = await during.BodyAsync(HttpStatusCode.OK);
        Assert.True(timedOut.GetProperty("me").TryGetProperty("timedOutUntil", out _));
        Assert.Equal((long)Permissions.WhileTimedOut, timedOut.GetProperty("channels")[0].GetProperty("permissions").GetInt64());
        var tag = during.Headers.ETag?.ToString() ?? "";
        Assert.NotEqual(before, tag);
        Assert.Equal(before, await TagAsync(community, "owner"));

        await Sql.ExecuteAsync(Deployment.Database, "update member_timeouts set until = now() - interval '1 second' where server_id = $1 and user_id = $2", server, member);
        using var after = await GetAsync(community, "member", tag);
        Assert.False((await after.BodyAsync(HttpStatusCode.OK)).GetProperty("me").TryGetProperty("timedOutUntil", out _));
        Assert.Equal(before, after.Headers.ETag?.ToString());
    }

    /// <summary>The names of channels and of headings.</summary>
    private static async Task<string> SeenAsync(Community community, string role)
    {
        var server = await community.As(role).ReadAsync(community.Path);
        return $"{Names("channels")} | {Names("categories")}";

        string Names(string list) => string.Join(", ", server.GetProperty(list).EnumerateArray().Select(one => one.GetProperty("name").GetString()));
    }

    private static async Task<string> TagAsync(Community community, string role)
    {
        using var response = await GetAsync(community, role, "\"none\"");
        return response.Headers.ETag?.ToString() ?? "";
    }

    private static Task<HttpResponseMessage> GetAsync(Community community, string role, string known) =>
        community.As(role).SendAsync(HttpMethod.Get, community.Path, null, ("If-None-Match", known));
}
