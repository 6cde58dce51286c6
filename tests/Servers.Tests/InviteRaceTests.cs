using System.Collections.Concurrent;

namespace Chat.Servers.Tests;

/// <summary>Invites that many use at once, on two replicas.</summary>
public sealed class InviteRaceTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G2_creating_and_accepting_with_a_key_happen_once_on_whatever_replica()
    {
        var people = await Task.WhenAll(Deployment.SignUpAsync("ada"), Deployment.SignUpAsync("bob"));
        HttpClient[] owners = [Deployment.ClientOf(people[0]), Deployment.ClientOf(people[0], replica: 1)];
        HttpClient[] joiners = [Deployment.ClientOf(people[1]), Deployment.ClientOf(people[1], replica: 1)];
        var server = (await owners[0].CreateServerAsync()).Id();
        var path = $"/api/v1/servers/{server}/invites";

        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(async index =>
            (await (await owners[index % 2].PostAsync(path, "once", new { maxUses = 2 })).BodyAsync(HttpStatusCode.Created)).GetProperty("code").GetString()));
        var code = Assert.Single(created.Distinct());
        await (await owners[0].PostAsync(path, "once", new { maxUses = 3 })).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");

        var accepted = await Task.WhenAll(Enumerable.Range(0, 8).Select(async index => (await (await joiners[index % 2].AcceptAsync(code ?? "", "once")).BodyAsync(HttpStatusCode.OK)).GetRawText()));
        Assert.Single(accepted.Distinct());
        Assert.Equal(1, Assert.Single((await owners[0].ReadAsync(path)).GetProperty("items").EnumerateArray()).GetProperty("uses").GetInt32());

        // Also when the invite is gone by then.
        using var gone = await owners[0].SendAsync(HttpMethod.Delete, path);
        Assert.Equal(accepted[0], (await (await joiners[1].AcceptAsync(code ?? "", "once")).BodyAsync(HttpStatusCode.OK)).GetRawText());
        Assert.Equal(4, (await owners[0].ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
        Array.ForEach([.. owners, .. joiners], client => client.Dispose());
    }

    [Fact]
    public async Task An_invite_that_is_regenerated_while_many_accept_it_admits_nobody_afterwards_and_loses_nobody()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        var people = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Deployment.SignUpAsync("crowd")));
        var clients = people.Select((person, index) => Deployment.ClientOf(person, index % 2)).ToList();

        var accepts = clients.Take(10).Select(client => client.AcceptAsync(code)).ToList();
        var successor = (await (await owner.PostAsync($"/api/v1/servers/{server}/invites/{code}/regenerate", key: null)).BodyAsync(HttpStatusCode.Created)).GetProperty("code").GetString() ?? "";
        await (await clients[10].AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");

        var answers = await Task.WhenAll(accepts);
        var joined = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(10, joined + answers.Count(answer => answer.StatusCode == HttpStatusCode.NotFound));
        Assert.Equal(1 + joined, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("memberCount").GetInt32());
        Assert.Equal(0, (await owner.ReadAsync($"/api/v1/servers/{server}/invites")).GetProperty("items")[0].GetProperty("uses").GetInt32());

        // The same with its deletion.
        var late = clients[11].AcceptAsync(successor);
        using var removed = await owner.SendAsync(HttpMethod.Delete, $"/api/v1/servers/{server}/invites/{successor}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await (await clients[10].AcceptAsync(successor)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        var members = (await late).StatusCode == HttpStatusCode.OK ? joined + 2 : joined + 1;
        Assert.Equal(members, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("memberCount").GetInt32());
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_hundred_parallel_accepts_of_ten_uses_admit_exactly_ten_and_every_change_is_one_revision()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var created = await owner.CreateServerAsync();
        var server = created.Id();
        var code = await owner.InviteAsync(server, new { maxUses = 10 });
        var people = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Deployment.SignUpAsync("crowd")));

        var statuses = await Task.WhenAll(people.Select(async (person, index) =>
        {
            using var client = Deployment.ClientOf(person, index % 2);
            using var response = await client.AcceptAsync(code);
            return (Person: person, response.StatusCode);
        }));

        Assert.Equal(10, statuses.Count(one => one.StatusCode == HttpStatusCode.OK));
        Assert.Equal(90, statuses.Count(one => one.StatusCode == HttpStatusCode.NotFound));
        var read = await owner.ReadAsync($"/api/v1/servers/{server}");
        Assert.Equal((12L, 11), (read.GetProperty("rev").GetInt64(), read.GetProperty("memberCount").GetInt32()));
        var revs = await Sql.ListAsync<long>(Deployment.Database, "select joined_rev from members where server_id = $1 order by joined_rev", server);
        Assert.Equal([1L, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], revs);
        foreach (var (person, status) in statuses)
        {
            Assert.Equal(status == HttpStatusCode.OK, await Deployment.Readers[0].GetAsync(created.General(), person.Id, Cancellation) is not null);
        }
    }

    [Fact]
    public async Task A_server_has_100_live_invites_at_most()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var statuses = new ConcurrentBag<HttpStatusCode>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 104), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (_, _) =>
        {
            using var response = await owner.PostAsync($"/api/v1/servers/{server}/invites", null, new { });
            statuses.Add(response.StatusCode);
        });

        Assert.Equal(100, statuses.Count(status => status == HttpStatusCode.Created));
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, Cancellation)).RefusedAsync(HttpStatusCode.Conflict, "too_many_invites");
        Assert.Equal(101, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
    }
}
