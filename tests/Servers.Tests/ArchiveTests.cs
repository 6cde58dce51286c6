using Chat.Access;

namespace Chat.Servers.Tests;

/// <summary>An archived server can be read and nothing else, until its owner reopens it.</summary>
public sealed class ArchiveTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    /// <summary>What changes the structure, with bodies that would be accepted otherwise.</summary>
    public static TheoryData<string, string, string?> Structural => new()
    {
        { "PATCH", "", """{"name":"Other"}""" },
        { "POST", "/channels", """{"name":"more","kind":"text"}""" },
        { "POST", "/categories", """{"name":"More"}""" },
        { "POST", "/roles", """{"name":"More"}""" },
        { "POST", "/invites", "{}" },
        { "POST", "/templates", """{"name":"Mine"}""" },
    };

    [Fact]
    public async Task An_archived_server_shows_it_and_everybody_may_only_read_until_it_is_reopened()
    {
        using var community = await Community.FoundAsync(Deployment);
        var archived = await ActAsync(community, "archive");
        Assert.True(archived.TryGetProperty("archivedAt", out _));
        Assert.True((await community.As("member").ReadAsync("/api/v1/servers")).GetProperty("items")[0].GetProperty("archived").GetBoolean());
        foreach (var role in new[] { "owner", "admin", "member" })
        {
            foreach (var reader in Deployment.Readers)
            {
                Assert.Equal(Contracts.Permissions.None, await GrantedAsync(reader, community, role) & ~Contracts.Permissions.WhileArchived);
                Assert.True((await GrantedAsync(reader, community, role)).HasFlag(Contracts.Permissions.ViewChannel));
            }
        }

        var reopened = await ActAsync(community, "reopen");
        Assert.False(reopened.TryGetProperty("archivedAt", out _));
        Assert.Equal(archived.GetProperty("rev").GetInt64() + 1, reopened.GetProperty("rev").GetInt64());
        Assert.Equal(Contracts.Permissions.All, await GrantedAsync(Deployment.Readers[1], community, "owner"));
        Assert.True((await GrantedAsync(Deployment.Readers[0], community, "member")).HasFlag(Contracts.Permissions.SendMessages));
        Assert.Equal(
            [("server.reopened", "before"), ("server.archived", "after")],
            (await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?limit=2")).GetProperty("items").EnumerateArray().Select(entry =>
                (entry.GetProperty("action").GetString(), entry.GetProperty("before").GetProperty("archivedAt").ValueKind == JsonValueKind.Null ? "after" : "before")));
    }

    [Theory, MemberData(nameof(Structural))]
    public async Task Nothing_of_its_structure_is_changed_while_it_is_archived(string method, string path, string? body)
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        var rev = (await ActAsync(community, "archive")).GetProperty("rev").GetInt64();
        foreach (var role in new[] { "owner", "admin" })
        {
            await (await community.As(role).SendAsync(new HttpMethod(method), community.Path + path, body)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        }

        Assert.Equal(rev, (await community.ReadAsync()).GetProperty("rev").GetInt64());
        await ActAsync(community, "reopen");
        using var allowed = await community.Owner.Client.SendAsync(new HttpMethod(method), community.Path + path, body);
        Assert.True(allowed.IsSuccessStatusCode, $"{method} {path}: {allowed.StatusCode}");
    }

    [Fact]
    public async Task Members_can_still_leave_and_be_removed_and_the_log_and_templates_be_read()
    {
        using var community = await Community.FoundAsync(Deployment);
        await ActAsync(community, "archive");
        using var left = await community.As("member").LeaveAsync(community.Server);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        using var kicked = await community.As("admin").SendAsync(HttpMethod.Delete, $"{community.Path}/members/{community.Of("guest").Id}");
        Assert.Equal(HttpStatusCode.NoContent, kicked.StatusCode);
        using var banned = await community.Owner.Client.SendAsync(HttpMethod.Put, $"{community.Path}/bans/{community.Of("stranger").Id}", "{}");
        Assert.True(banned.IsSuccessStatusCode, $"{banned.StatusCode}");
        await community.As("moderator").ReadAsync($"{community.Path}/audit-log");
        await community.Owner.Client.ReadAsync($"{community.Path}/templates");
        Assert.Equal(3, (await community.ReadAsync()).GetProperty("memberCount").GetInt32());
    }

    [Fact]
    public async Task Archiving_and_reopening_twice_change_nothing_the_second_time()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var first = await ActAsync(community, "archive");
        Assert.Equal(first.GetRawText(), (await ActAsync(community, "archive")).GetRawText());
        var opened = await ActAsync(community, "reopen");
        Assert.Equal(opened.GetRawText(), (await ActAsync(community, "reopen")).GetRawText());
        Assert.Equal(first.GetProperty("rev").GetInt64() + 1, opened.GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task G2_an_archiving_with_a_key_is_answered_alike_after_a_reopening_and_not_made_again()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var first = await (await community.Owner.Client.PostAsync($"{community.Path}/archive", "k")).BodyAsync(HttpStatusCode.OK);
        await ActAsync(community, "reopen");
        Assert.Equal(first.GetRawText(), (await (await community.Owner.Client.PostAsync($"{community.Path}/archive", "k")).BodyAsync(HttpStatusCode.OK)).GetRawText());
        Assert.False((await community.ReadAsync()).TryGetProperty("archivedAt", out _));
    }

    [Theory]
    [InlineData("archive")]
    [InlineData("reopen")]
    public async Task Only_the_owner_archives_and_reopens(string act)
    {
        using var community = await Community.FoundAsync(Deployment);
        if (act == "reopen")
        {
            await ActAsync(community, "archive");
        }

        foreach (var role in new[] { "admin", "moderator", "member", "guest" })
        {
            await (await community.As(role).SendAsync(HttpMethod.Post, $"{community.Path}/{act}")).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");
        }

        await (await community.As("stranger").SendAsync(HttpMethod.Post, $"{community.Path}/{act}")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{Guid.CreateVersion7()}/{act}")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        using var nobody = Deployment.Replicas[0].CreateClient();
        await (await nobody.SendAsync(HttpMethod.Post, $"{community.Path}/{act}")).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task G4_once_an_archiving_is_answered_no_reader_of_any_replica_lets_anybody_write()
    {
        for (var round = 0; round < 3; round++)
        {
            using var community = await Community.FoundAsync(Deployment, "admin", "member");
            await RacingReaders.RaceAsync(
                "could still write",
                async index => (await GrantedAsync(Deployment.Readers[index % 2], community, Who(index))).HasFlag(Contracts.Permissions.SendMessages),
                () => ActAsync(community, "archive"));
        }

        static string Who(int index) => (index % 3) switch { 0 => "owner", 1 => "admin", _ => "member" };
    }

    [Fact]
    public async Task A_change_that_races_with_an_archiving_is_before_it_or_refused()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        var changes = Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await community.As("admin").SendAsync(HttpMethod.Patch, community.Path, new { name = $"Number {index}" });
            return (response.StatusCode, Rev: response.StatusCode == HttpStatusCode.OK ? (await response.BodyAsync(HttpStatusCode.OK)).GetProperty("rev").GetInt64() : 0);
        }).ToList();
        var archived = (await ActAsync(community, "archive")).GetProperty("rev").GetInt64();
        foreach (var (status, rev) in await Task.WhenAll(changes))
        {
            Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict });
            Assert.True(rev < archived, $"Revision {rev} was made after the archiving with {archived}.");
        }

        Assert.Equal(archived, (await community.ReadAsync()).GetProperty("rev").GetInt64());
    }

    private static async Task<JsonElement> ActAsync(Community community, string act) =>
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/{act}")).BodyAsync(HttpStatusCode.OK);

    private static async Task<Contracts.Permissions> GrantedAsync(IChannelPermissions reader, Community community, string role) =>
        (await reader.GetAsync(community.General, community.Of(role).Id, Cancellation))?.Granted ?? Contracts.Permissions.None;
}
