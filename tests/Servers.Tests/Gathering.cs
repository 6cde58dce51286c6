namespace Chat.Servers.Tests;

/// <summary>Somebody, and their way to a replica.</summary>
internal sealed record Person(Account Account, HttpClient Client)
{
    public Guid Id => Account.Id;
}

/// <summary>A server, and people in it and around it.</summary>
internal abstract class Gathering : IDisposable
{
    private readonly List<Person> _people = [];
    private readonly Dictionary<string, Guid> _roles;

    /// <param name="server">As it was created.</param>
    protected Gathering(Deployment deployment, Person owner, JsonElement server)
    {
        (Deployment, Owner, Server, General) = (deployment, owner, server.Id(), server.General());
        _people.Add(owner);
        _roles = server.GetProperty("roles").EnumerateArray().ToDictionary(role => role.GetProperty("builtIn").GetString() ?? "", role => role.Id(), StringComparer.Ordinal);
    }

    public Deployment Deployment { get; }

    public Person Owner { get; }

    public Guid Server { get; }

    public Guid General { get; }

    public string Path => $"/api/v1/servers/{Server}";

    /// <summary>The address of the server's roles.</summary>
    public string Roles => $"{Path}/roles";

    /// <summary>The id of a built-in role.</summary>
    public Guid Role(string builtIn) => _roles[builtIn];

    /// <summary>Makes a role as the owner, just above Member and below all that were made before.</summary>
    public async Task<Guid> MakeAsync(string name, Contracts.Permissions permissions = Contracts.Permissions.None)
    {
        using var response = await Owner.Client.PostAsync(Roles, null, new { name, permissions });
        return (await response.BodyAsync(HttpStatusCode.Created)).Id();
    }

    /// <summary>A queue that hears of this server what is said of it from now on: all that it did before has been said.</summary>
    /// <param name="types">The events to hear, by the names of their contracts.</param>
    public async Task<EventQueue> ListenAsync(params string[] types)
    {
        await Eventually.HoldsAsync("what was before to be said", async () =>
            (await Sql.ListAsync<long>(Deployment.Database, "select count(*) from outbox where key = $1", Server.ToString())) is [0]);
        return await EventQueue.OpenAsync(Deployment.RabbitMq, types);
    }

    public Task<JsonElement> ReadAsync() => Owner.Client.ReadAsync(Path);

    public async Task<long> RevAsync() => (await ReadAsync()).GetProperty("rev").GetInt64();

    public void Dispose() => _people.ForEach(person => person.Client.Dispose());

    /// <summary>Somebody new, with a unique name that begins like this.</summary>
    protected static async Task<Person> SignUpAsync(Deployment deployment, string name, int replica = 0)
    {
        var account = await deployment.SignUpAsync(name);
        return new Person(account, deployment.ClientOf(account, replica));
    }

    /// <summary>Adds somebody, who is not a member by that.</summary>
    protected Person Add(Person person)
    {
        _people.Add(person);
        return person;
    }
}
