using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>Memberships for a while, and the count after everything at once.</summary>
public sealed class MembershipEndTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_a_temporary_membership_ends_by_itself_everywhere_and_once()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.NotNull(seen));
        var endsAt = DateTimeOffset.UtcNow.AddHours(1);
        var rev = await crowd.RevAsync();
        await EndAsync(crowd, bob, endsAt);
        Assert.Equal(endsAt.ToUnixTimeMilliseconds(), (await crowd.MemberAsync(bob)).GetProperty("endsAt").GetDateTimeOffset().ToUnixTimeMilliseconds());

        endsAt = DateTimeOffset.UtcNow.AddSeconds(1);
        await EndAsync(crowd, bob, endsAt);
        await Eventually.HoldsAsync("the end of the membership", async () => (await crowd.SeenAsync(bob)).All(seen => seen is null));

        Assert.True(DateTimeOffset.UtcNow >= endsAt.AddMilliseconds(-1));
        Assert.Equal((1, rev + 1), (await crowd.CountAsync(), await crowd.RevAsync()));
        await Eventually.HoldsAsync("the debt paid", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select rev from unsettled_changes where server_id = $1 and access_lost", crowd.Server)).Count == 0);
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        Assert.False((await crowd.MemberAsync(bob)).TryGetProperty("endsAt", out _));
    }

    [Fact]
    public async Task Whoever_is_given_a_role_stays_and_whoever_is_only_named_does_not()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var role = await crowd.MakeAsync("Regular", Permissions.None);
        var (put, patched, named) = (await crowd.JoinAsync("put"), await crowd.JoinAsync("patched"), await crowd.JoinAsync("named"));
        foreach (var person in new[] { put, patched, named })
        {
            await EndAsync(crowd, person, DateTimeOffset.UtcNow.AddHours(1));
        }

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(put)}/roles/{role}")).DoneAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(patched), new { roles = new[] { crowd.Role("moderator") } })).BodyAsync(HttpStatusCode.OK);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(named), new { nickname = "Named" })).BodyAsync(HttpStatusCode.OK);

        Assert.All([await crowd.MemberAsync(put), await crowd.MemberAsync(patched)], member => Assert.False(member.TryGetProperty("endsAt", out _)));
        Assert.True((await crowd.MemberAsync(named)).TryGetProperty("endsAt", out _));

        await Sql.ExecuteAsync(Deployment.Database, "update members set ends_at = now() where server_id = $1 and ends_at is not null", crowd.Server);
        await Eventually.HoldsAsync("the end of the one membership", async () => await crowd.CountAsync() == 3);
        Assert.All([await crowd.MemberAsync(put), await crowd.MemberAsync(patched)], member => Assert.False(member.TryGetProperty("endsAt", out _)));
        await crowd.Owner.Client.RefusesAsync(crowd.Member(named), HttpStatusCode.NotFound, "member_not_found");
    }

    [Fact]
    public async Task An_owner_stays_whatever_the_end_of_their_membership_said()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        await EndAsync(crowd, crowd.Owner, DateTimeOffset.UtcNow.AddSeconds(-1));
        await Eventually.HoldsAsync("the end to be dropped", async () => !(await crowd.MemberAsync(crowd.Owner)).TryGetProperty("endsAt", out _));
        Assert.Equal(1, await crowd.CountAsync());
    }

    [Fact]
    public async Task The_count_is_exact_after_any_mix_of_comings_and_goings()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        using var other = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        var people = new List<Person>();
        for (var index = 0; index < 8; index++)
        {
            people.Add(await crowd.StrangerAsync("mixed", replica: index % 2));
        }

        var seed = Environment.TickCount;
        await Task.WhenAll(people.Select(async (person, index) =>
        {
            var random = new Random(seed + index);
            for (var step = 0; step < 12; step++)
            {
                var owner = random.Next(2) == 0 ? crowd.Owner.Client : other;
                var acts = Enumerable.Range(0, 2).Select(_ => random.Next(7) switch
                {
                    0 or 1 => person.Client.AcceptAsync(crowd.Code),
                    2 => person.Client.LeaveAsync(crowd.Server),
                    3 => owner.CallAsync(HttpMethod.Delete, crowd.Member(person)),
                    4 => owner.CallAsync(HttpMethod.Put, crowd.Ban(person)),
                    5 => owner.CallAsync(HttpMethod.Delete, crowd.Ban(person)),
                    _ => ExpireAsync(person),
                });
                foreach (var answer in await Task.WhenAll(acts))
                {
                    Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}, seed {seed}");
                }
            }
        }));

        await Eventually.HoldsAsync("the last expiry", async () =>
            (await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from members where server_id = $1 and ends_at is not null", crowd.Server)).Count == 0);
        var members = await crowd.CountAsync();
        Assert.Equal(members, (await crowd.Owner.Client.ReadAsync($"{crowd.Path}/members")).GetProperty("items").GetArrayLength());
        Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select b.user_id from bans b join members m using (server_id, user_id) where b.server_id = $1", crowd.Server));

        async Task<HttpResponseMessage> ExpireAsync(Person person)
        {
            await EndAsync(crowd, person, DateTimeOffset.UtcNow);
            return new HttpResponseMessage(HttpStatusCode.OK);
        }
    }

    private Task EndAsync(Crowd crowd, Person person, DateTimeOffset endsAt) =>
        Sql.ExecuteAsync(Deployment.Database, "update members set ends_at = $3 where server_id = $1 and user_id = $2", crowd.Server, person.Id, endsAt);
}
