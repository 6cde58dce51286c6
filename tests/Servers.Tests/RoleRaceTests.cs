using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Requests that meet.</summary>
public sealed class RoleRaceTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Fifty_parallel_edits_of_one_role_leave_one_of_them_and_a_revision_for_each()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers");
        using var elsewhere = Deployment.ClientOf(cast.Owner.Account, replica: 1);
        var before = await cast.RevAsync();
        await using var queue = await cast.ListenAsync("RoleChanged");

        // Name and colour of an edit belong together.
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(async index =>
            await (await (index % 2 == 0 ? cast.Owner.Client : elsewhere).EditAsync($"{cast.Roles}/{role}", new { name = $"Edit {index}", colour = index })).BodyAsync(HttpStatusCode.OK)));

        Assert.Equal(Enumerable.Range(1, 50).Select(index => $"Edit {index}"), answers.Select(answer => answer.GetProperty("name").GetString()));
        Assert.Equal(before + 50, await cast.RevAsync());
        var left = await cast.Owner.Client.ReadAsync($"{cast.Roles}/{role}");
        Assert.Equal($"Edit {left.GetProperty("colour").GetInt32()}", left.GetProperty("name").GetString());
        var heard = new List<JsonElement>();
        await Eventually.HoldsAsync("fifty events", async () =>
        {
            heard.AddRange((await queue.TakeAsync(cast.Server)).Select(one => one.Body));
            return heard.Count == 50;
        });
        Assert.Equal(Enumerable.Range(1, 50).Select(index => before + index), heard.Select(body => body.GetProperty("rev").GetInt64()).Order());
        Assert.Equal(left.GetProperty("name").GetString(), heard.MaxBy(body => body.GetProperty("rev").GetInt64()).GetProperty("name").GetString());
        var changes = await Sql.ListAsync<long>(Deployment.Database, "select count(*) from audit_log where server_id = $1 and action = 'role.updated'", cast.Server);
        Assert.Equal([50L], changes);
    }

    [Fact]
    public async Task Reorders_deletions_and_creations_at_once_leave_every_position_once()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var made = new List<Guid>();
        for (var index = 0; index < 12; index++)
        {
            made.Add(await cast.MakeAsync($"Role {index}"));
        }

        var order = await cast.OrderAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 36).Select(async index =>
        {
            var client = (index % 2 == 0 ? cast.Owner : cast.Admin).Client;
            using var response = await (index switch
            {
                < 12 => client.EditAsync(cast.Roles, new { roles = Shuffled(index, index % 2 == 0 ? order : order[..^1]) }),
                < 24 => client.RemoveAsync($"{cast.Roles}/{made[index / 2]}"),
                _ => client.PostAsync(cast.Roles, null, new { name = $"Late {index}" }),
            });
            return (Kind: index / 12, response.StatusCode);
        }));

        Assert.All(statuses, one => Assert.Contains(one.StatusCode, one.Kind switch
        {
            0 => (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Conflict],
            1 => [HttpStatusCode.NoContent, HttpStatusCode.NotFound],
            _ => [HttpStatusCode.Created],
        }));
        // Each of six roles was deleted by two: of a repetition that comes before the first is answered, the answer is the same.
        Assert.InRange(statuses.Count(one => one.StatusCode == HttpStatusCode.NoContent), 6, 12);
        var roles = await cast.ReadRolesAsync();
        Assert.Equal(5 + 12 - 6 + 12, roles.Length);
        Assert.Equal(Enumerable.Range(0, roles.Length), roles.Select(role => role.GetProperty("position").GetInt32()));
        Assert.Equal(("guest", "member", "owner"), (BuiltIn(roles[0]), BuiltIn(roles[1]), BuiltIn(roles[^1])));

        // The admin's role stays above the others, so that the admin may move them whatever came before.
        Guid[] Shuffled(int seed, Guid[] list)
        {
            Guid[] movable = [.. list[2..].Where(id => id != cast.Role("admin"))];
            new Random(seed).Shuffle(movable);
            return [.. list[..2], .. movable, .. list.Where(id => id == cast.Role("admin"))];
        }

        static string? BuiltIn(JsonElement role) => role.TryGetProperty("builtIn", out var code) ? code.GetString() : null;
    }

    [Fact]
    public async Task A_role_that_is_deleted_while_members_come_in_is_held_by_nobody_and_the_model_agrees()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        for (var round = 0; round < 10; round++)
        {
            var role = await cast.MakeAsync("Fleeting", Granted.ManageMessages);
            var giving = cast.Owner.Client.SendAsync(HttpMethod.Put, $"/api/v1/servers/{cast.Server}/members/{cast.Member.Id}/roles/{role}");
            var deleting = cast.Admin.Client.RemoveAsync($"{cast.Roles}/{role}");
            using var given = await giving;
            using var deleted = await deleting;

            Assert.Contains(given.StatusCode, (HttpStatusCode[])[HttpStatusCode.NoContent, HttpStatusCode.NotFound]);
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
            Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from member_roles where role_id = $1", role));
            foreach (var reader in Deployment.Readers)
            {
                var access = await reader.GetAsync(cast.General, cast.Member.Id, TestContext.Current.CancellationToken);
                Assert.Equal(Granted.SendMessages, access?.Granted & (Granted.SendMessages | Granted.ManageMessages));
            }
        }
    }
}
