using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>A server that people join as a test needs them.</summary>
internal sealed class Crowd : IDisposable
{
    private readonly List<Person> _people = [];
    private readonly Deployment _deployment;
    private readonly Dictionary<string, Guid> _roles;

    private Crowd(Deployment deployment, Person owner, JsonElement server, string code)
    {
        (_deployment, Owner, Id, General, Code) = (deployment, owner, server.Id(), server.General(), code);
        _people.Add(owner);
        _roles = server.GetProperty("roles").EnumerateArray().ToDictionary(role => role.GetProperty("builtIn").GetString() ?? "", role => role.Id(), StringComparer.Ordinal);
    }

    public Guid Id { get; }

    public Guid General { get; }

    /// <summary>An invite without limits.</summary>
    public string Code { get; }

    public Person Owner { get; }

    public string Path => $"/api/v1/servers/{Id}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Crowd> FoundAsync(Deployment deployment)
    {
        var ada = await deployment.SignUpAsync("ada");
        var client = deployment.ClientOf(ada);
        var server = await client.CreateServerAsync();
        return new Crowd(deployment, new Person(ada, client), server, await client.InviteAsync(server.Id()));
    }

    /// <summary>The id of a built-in role.</summary>
    public Guid Role(string builtIn) => _roles[builtIn];

    public string Member(Person person) => $"{Path}/members/{person.Id}";

    public string Ban(Person person) => $"{Path}/bans/{person.Id}";

    /// <summary>Makes a role just above Member and below all that were made before.</summary>
    public async Task<Guid> CreateRoleAsync(string name, Permissions granted)
    {
        using var response = await Owner.Client.PostAsync($"{Path}/roles", null, new { name, permissions = (long)granted });
        return (await response.BodyAsync(HttpStatusCode.Created)).Id();
    }

    public async Task<Person> StrangerAsync(string name = "eve", int replica = 0)
    {
        var account = await _deployment.SignUpAsync(name);
        var person = new Person(account, _deployment.ClientOf(account, replica));
        _people.Add(person);
        return person;
    }

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

    public async Task<long> RevAsync() => (await Owner.Client.ReadAsync(Path)).GetProperty("rev").GetInt64();

    /// <summary>What somebody may do in the general channel, as each replica of another service sees it now.</summary>
    public async Task<Permissions?[]> SeenAsync(Person person) =>
        await Task.WhenAll(_deployment.Readers.Select(async reader => (await reader.GetAsync(General, person.Id, Cancellation))?.Granted));

    /// <summary>The stored count, which must be that of the rows.</summary>
    public async Task<int> CountAsync()
    {
        var counts = await Sql.ListAsync<int>(
            _deployment.Database, "select unnest(array[member_count, (select count(*)::int from members m where m.server_id = s.id)]) from servers s where id = $1", Id);
        Assert.Equal(counts[1], counts[0]);
        return counts[0];
    }

    /// <summary>The audit log's lines of one action, oldest first: actor, target, reason, before and after.</summary>
    public async Task<List<JsonElement>> AuditAsync(string action) =>
        (await Sql.ListAsync<string>(
            _deployment.Database,
            """
            select json_build_object('actor', actor_id, 'target', target_id, 'reason', reason, 'before', before, 'after', after)::text
            from audit_log where server_id = $1 and action = $2 order by id
            """,
            Id,
            action)).ConvertAll(line => JsonDocument.Parse(line).RootElement);

    public void Dispose() => _people.ForEach(person => person.Client.Dispose());
}

/// <summary>Requests of any method.</summary>
internal static class AnyCalls
{
    public static async Task<HttpResponseMessage> CallAsync(this HttpClient client, HttpMethod method, string path, object? body = null, string? key = null, string? reason = null)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : body is string json ? new StringContent(json, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (reason is not null)
        {
            request.Headers.Add("X-Audit-Reason", reason);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Asserts an answer without content.</summary>
    public static async Task DoneAsync(this HttpResponseMessage response)
    {
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        response.Dispose();
    }

    public static Guid[] Ids(this JsonElement list) => [.. list.EnumerateArray().Select(one => one.GetGuid())];

    public static string? Text(this JsonElement thing, string property) => thing.TryGetProperty(property, out var value) ? value.GetString() : null;
}
