using Chat.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

/// <summary>What becomes of somebody's memberships when identity has erased the account.</summary>
public sealed class ErasureTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task The_memberships_of_an_erased_account_end_as_by_leaving()
    {
        using var ada = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var eve = Deployment.ClientOf(await Deployment.SignUpAsync("eve"));
        var bob = await Deployment.SignUpAsync("bob");
        var servers = new List<JsonElement> { await ada.CreateServerAsync(), await ada.CreateServerAsync(), await eve.CreateServerAsync() };
        foreach (var (owner, server) in new[] { ada, ada, eve }.Zip(servers))
        {
            await JoinAsync(owner, server, bob);
        }

        await EraseAsync(bob, async () => (await CountsAsync(servers.Select(server => server.Id()))).All(count => count == 1));

        Assert.Equal([4L, 4L, 4L], await Sql.ListAsync<long>(Deployment.Database, "select rev from servers where id = any($1)", Ids(servers)));
        // What is committed takes effect a moment later: nobody waits for an answer.
        await Eventually.HoldsAsync("the loss to be effective", async () =>
            (await Sql.ListAsync<Guid>(Deployment.Database, "select server_id from unsettled_changes where access_lost_by = $1", bob.Id)).Count == 0);
        foreach (var server in servers)
        {
            foreach (var reader in Deployment.Readers)
            {
                Assert.Null(await reader.GetAsync(server.General(), bob.Id, Cancellation));
            }
        }

        Assert.Single((await ada.ReadAsync($"/api/v1/servers/{servers[0].Id()}/members")).GetProperty("items").EnumerateArray());
        Assert.Equal(
            ["deleted Deleted user"], await Sql.ListAsync<string>(Deployment.Database, "select username || ' ' || display_name from profiles where id = $1", bob.Id));
    }

    [Fact]
    public async Task Telling_it_again_changes_nothing_and_no_later_event_brings_the_name_back()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var server = (await owner.CreateServerAsync()).Id();
        using var updates = new Consumption<UserUpdated>(Deployment, updated => updated.User == ada.Id && updated.DisplayName == "Back");
        using var deletions = new Consumption<UserDeleted>(Deployment, deleted => deleted.User == ada.Id);

        await EraseAsync(ada, async () => await DisplayNameAsync(owner, server) == "Deleted user");
        var bus = Deployment.Replicas[1].Services.GetRequiredService<IBus>();
        var later = DateTimeOffset.UtcNow.AddMinutes(5);
        for (var repeat = 0; repeat < 10; repeat++)
        {
            await bus.Publish(new UserUpdated { User = ada.Id, Username = ada.Username, DisplayName = "Back", At = later }, Cancellation);
            await bus.Publish(new UserDeleted { User = ada.Id, At = later }, Cancellation);
        }

        await updates.ReachesAsync(10);
        await deletions.ReachesAsync(11);
        Assert.Equal("Deleted user", await DisplayNameAsync(owner, server));
    }

    [Fact]
    public async Task A_server_whose_owner_is_erased_stays_with_the_deleted_user_as_owner()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var created = await owner.CreateServerAsync("Orphan");
        var server = created.Id();
        var bob = await Deployment.SignUpAsync("bob");
        await JoinAsync(owner, created, bob);
        using var member = Deployment.ClientOf(bob, replica: 1);

        await EraseAsync(ada, async () => await DisplayNameAsync(member, server) == "Deleted user");

        var seen = await member.ReadAsync($"/api/v1/servers/{server}");
        Assert.Equal(("Orphan", ada.Id, 2, 3L), (seen.GetProperty("name").GetString(), seen.GetProperty("owner").GetGuid(), seen.GetProperty("memberCount").GetInt32(), seen.GetProperty("rev").GetInt64()));
        var members = (await member.ReadAsync($"/api/v1/servers/{server}/members")).GetProperty("items").EnumerateArray().Select(one => one.GetProperty("user")).ToList();
        Assert.Equal([("deleted", true), (bob.Username, false)], members.Select(one => (one.GetProperty("username").GetString() ?? "", one.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean())));
    }

    [Fact]
    public async Task A_late_token_of_an_erased_account_joins_and_founds_nothing()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        var bob = await Deployment.SignUpAsync("bob");
        using var late = Deployment.ClientOf(bob);

        await EraseAsync(bob, async () => (await Sql.ListAsync<bool>(Deployment.Database, "select deleted from profiles where id = $1", bob.Id)) is [true]);

        await (await late.AcceptAsync(code)).RefusedAsync(HttpStatusCode.Unauthorized, "account_deleted");
        await (await late.PostAsync("/api/v1/servers", "key", new { name = "Late" })).RefusedAsync(HttpStatusCode.Unauthorized, "account_deleted");
        Assert.Equal([1], await CountsAsync([server]));
        Assert.Equal("Deleted user", (await Sql.ListAsync<string>(Deployment.Database, "select display_name from profiles where id = $1", bob.Id))[0]);
    }

    [Fact]
    public async Task Joins_that_race_with_the_erasure_leave_no_membership_behind()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var servers = new List<JsonElement>();
        for (var index = 0; index < 8; index++)
        {
            servers.Add(await owner.CreateServerAsync());
        }

        var codes = await Task.WhenAll(servers.Select(server => owner.InviteAsync(server.Id())));
        var bob = await Deployment.SignUpAsync("bob");
        using var client = Deployment.ClientOf(bob);

        var joining = codes.Select(code => client.AcceptAsync(code)).ToList();
        await Task.WhenAny(joining);
        var erasing = EraseAsync(bob, async () => (await CountsAsync(servers.Select(server => server.Id()))).All(count => count == 1));
        var answers = await Task.WhenAll(joining);

        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Unauthorized }));
        await erasing;
        Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select server_id from members where user_id = $1", bob.Id));
    }

    [Fact]
    public async Task An_erased_account_stays_banned_by_its_id_and_an_erased_owner_has_no_nickname()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (banned, timedOut) = (await crowd.JoinAsync(), await crowd.JoinAsync("eve"));
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(timedOut), new { timeoutUntil = DateTimeOffset.UtcNow.AddHours(1) })).BodyAsync(HttpStatusCode.OK);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(banned), new { reason = "spam" })).BodyAsync(HttpStatusCode.OK);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(crowd.Owner), new { nickname = "Countess" })).BodyAsync(HttpStatusCode.OK);

        await EraseAsync(banned.Account, async () => (await Sql.ListAsync<bool>(Deployment.Database, "select deleted from profiles where id = $1", banned.Id)) is [true]);
        await EraseAsync(timedOut.Account, async () => await crowd.CountAsync() == 1);

        var ban = await crowd.Owner.Client.ReadAsync(crowd.Ban(banned));
        Assert.Equal((banned.Id, "deleted", true, "spam"), (ban.GetProperty("user").Id(), ban.GetProperty("user").Text("username"), ban.GetProperty("user").GetProperty("deleted").GetBoolean(), ban.Text("reason")));
        Assert.Single(await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from member_timeouts where user_id = $1", timedOut.Id));
        var rev = await crowd.RevAsync();
        await EraseAsync(crowd.Owner.Account, async () => !(await crowd.MemberAsync(crowd.Owner)).TryGetProperty("nickname", out _));
        Assert.Equal(rev + 1, await crowd.RevAsync());
    }

    private async Task EraseAsync(Account account, Func<Task<bool>> done)
    {
        await Deployment.Replicas[0].Services.GetRequiredService<IBus>().Publish(new UserDeleted { User = account.Id, At = DateTimeOffset.UtcNow }, Cancellation);
        await Eventually.HoldsAsync("the erasure", done);
    }

    private async Task JoinAsync(HttpClient owner, JsonElement server, Account account)
    {
        using var client = Deployment.ClientOf(account);
        await (await client.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);
        Assert.NotNull(await Deployment.Readers[0].GetAsync(server.General(), account.Id, Cancellation));
    }

    /// <summary>The stored counts; -1 where a recount at the same moment differs.</summary>
    private Task<List<int>> CountsAsync(IEnumerable<Guid> servers) => Sql.ListAsync<int>(
        Deployment.Database,
        "select case when member_count = (select count(*) from members m where m.server_id = s.id) then member_count else -1 end from servers s where id = any($1)",
        servers.ToArray());

    private static Guid[] Ids(IEnumerable<JsonElement> servers) => [.. servers.Select(server => server.Id())];

    private static async Task<string?> DisplayNameAsync(HttpClient client, Guid server) =>
        (await client.ReadAsync($"/api/v1/servers/{server}/members")).GetProperty("items")[0].GetProperty("user").GetProperty("displayName").GetString();
}
