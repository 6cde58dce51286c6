using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>A server that people join as a test needs them.</summary>
internal sealed class Crowd : Gathering
{
    private Crowd(Deployment deployment, Person owner, JsonElement server, string code) : base(deployment, owner, server) => Code = code;

    /// <summary>An invite without limits.</summary>
    public string Code { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Crowd> FoundAsync(Deployment deployment)
    {
        var owner = await SignUpAsync(deployment, "ada");
        var server = await owner.Client.CreateServerAsync();
        return new Crowd(deployment, owner, server, await owner.Client.InviteAsync(server.Id()));
    }

    public string Member(Person person) => $"{Path}/members/{person.Id}";

    public string Ban(Person person) => $"{Path}/bans/{person.Id}";

    public async Task<Person> StrangerAsync(string name = "eve", int replica = 0) => Add(await SignUpAsync(Deployment, name, replica));

    /// <summary>Brings somebody in who holds these roles and no others; Member unless one is given.</summary>
    public async Task<Person> JoinAsync(string name = "bob", int replica = 0, params Guid[] roles)
    {
        var person = await StrangerAsync(name, replica);
        await (await person.Client.AcceptAsync(Code)).BodyAsync(HttpStatusCode.OK);
        if (roles.Length > 0)
        {
            await (await Owner.Client.CallAsync(HttpMethod.Patch, Member(person), new { roles })).BodyAsync(HttpStatusCode.OK);
        }

        return person;
    }

    public async Task<JsonElement> MemberAsync(Person person) => await Owner.Client.ReadAsync(Member(person));

    /// <summary>What somebody may do in the general channel, as each replica of another service sees it now.</summary>
    public async Task<Permissions?[]> SeenAsync(Person person) =>
        await Task.WhenAll(Deployment.Readers.Select(async reader => (await reader.GetAsync(General, person.Id, Cancellation))?.Granted));

    /// <summary>The stored count, which must be that of the rows.</summary>
    public async Task<int> CountAsync()
    {
        var counts = await Sql.ListAsync<int>(
            Deployment.Database, "select unnest(array[member_count, (select count(*)::int from members m where m.server_id = s.id)]) from servers s where id = $1", Server);
        Assert.Equal(counts[1], counts[0]);
        return counts[0];
    }

    /// <summary>The audit log's lines of one action, oldest first: actor, target, reason, before and after.</summary>
    public async Task<List<JsonElement>> AuditAsync(string action) =>
        (await Sql.ListAsync<string>(
            Deployment.Database,
            """
            select json_build_object('actor', actor_id, 'target', target_id, 'reason', reason, 'before', before, 'after', after)::text
            from audit_log where server_id = $1 and action = $2 order by id
            """,
            Server,
            action)).ConvertAll(line => JsonDocument.Parse(line).RootElement);
}
