namespace Chat.Servers.Tests;

/// <summary>Somebody, and their way to a replica.</summary>
internal sealed record Person(Account Account, HttpClient Client)
{
    public Guid Id => Account.Id;
}

/// <summary>A server with somebody of every built-in rank in it, and somebody who is not.</summary>
internal sealed class Cast(Deployment deployment, JsonElement server) : IDisposable
{
    private readonly Dictionary<string, Person> _people = [];

    public static readonly string[] Ranks = ["owner", "admin", "moderator", "member", "guest"];

    public Guid Server => server.Id();

    public Guid General => server.General();

    /// <summary>The address of the server's roles.</summary>
    public string Roles => $"/api/v1/servers/{Server}/roles";

    public Person Owner => _people["owner"];

    public Person Admin => _people["admin"];

    public Person Moderator => _people["moderator"];

    public Person Member => _people["member"];

    public Person Guest => _people["guest"];

    public Person Stranger => _people["stranger"];

    /// <summary>By the code of their highest role, or <c>stranger</c>.</summary>
    public Person this[string who] => _people[who];

    public static async Task<Cast> AssembleAsync(Deployment deployment)
    {
        var owner = await JoinAsync(deployment, 0, "owner");
        var cast = new Cast(deployment, await owner.Client.CreateServerAsync());
        cast._people["owner"] = owner;
        var code = await owner.Client.InviteAsync(cast.Server);
        foreach (var (index, who) in Ranks[1..].Append("stranger").Index())
        {
            var person = cast._people[who] = await JoinAsync(deployment, index % 2, who);
            if (who != "stranger")
            {
                await (await person.Client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
            }
        }

        foreach (var who in Ranks[1..3])
        {
            await cast.GiveAsync(cast[who], cast.Role(who));
        }

        await Sql.ExecuteAsync(
            deployment.Database, "update member_roles set role_id = $3 where server_id = $1 and user_id = $2", cast.Server, cast.Guest.Id, cast.Role("guest"));
        return cast;
    }

    /// <summary>The id of a built-in role.</summary>
    public Guid Role(string code) =>
        server.GetProperty("roles").EnumerateArray().Single(role => role.TryGetProperty("builtIn", out var builtIn) && builtIn.GetString() == code).Id();

    /// <summary>Gives a role past the routes, and lets nothing be remembered of before.</summary>
    public async Task GiveAsync(Person person, Guid role)
    {
        await Sql.ExecuteAsync(deployment.Database, "insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", Server, person.Id, role);
        await deployment.Redis.GetDatabase().KeyDeleteAsync($"perm:s:{Server}");
    }

    /// <summary>Makes a role as the owner.</summary>
    public async Task<Guid> MakeAsync(string name, Contracts.Permissions permissions = Contracts.Permissions.None)
    {
        using var response = await Owner.Client.PostAsJsonAsync(Roles, new { name, permissions }, TestContext.Current.CancellationToken);
        return (await response.BodyAsync(HttpStatusCode.Created)).Id();
    }

    /// <summary>The roles as the owner reads them, lowest first.</summary>
    public async Task<JsonElement[]> ReadRolesAsync() => [.. (await Owner.Client.ReadAsync(Roles)).GetProperty("items").EnumerateArray()];

    /// <summary>The roles below the owner's, lowest first.</summary>
    public async Task<Guid[]> OrderAsync() => [.. (await ReadRolesAsync()).Select(Calls.Id).SkipLast(1)];

    public async Task<long> RevAsync() => (await Owner.Client.ReadAsync($"/api/v1/servers/{Server}")).GetProperty("rev").GetInt64();

    public void Dispose()
    {
        foreach (var person in _people.Values)
        {
            person.Client.Dispose();
        }
    }

    private static async Task<Person> JoinAsync(Deployment deployment, int replica, string name)
    {
        var account = await deployment.SignUpAsync(name);
        return new Person(account, deployment.ClientOf(account, replica));
    }
}
