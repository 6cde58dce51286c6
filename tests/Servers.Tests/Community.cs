namespace Chat.Servers.Tests;

/// <summary>A server with somebody in each role that was asked for, its owner always among them.</summary>
internal sealed class Community : IDisposable
{
    /// <summary>Every built-in role, lowest first, and somebody who is not a member.</summary>
    public static readonly string[] Everybody = ["stranger", "guest", "member", "moderator", "admin", "owner"];

    private readonly Dictionary<string, (Account Account, HttpClient Client)> _people = new(StringComparer.Ordinal);

    private Community(Deployment deployment, JsonElement server) => (Deployment, Server, General) = (deployment, server.Id(), server.General());

    public Deployment Deployment { get; }

    public Guid Server { get; }

    public Guid General { get; }

    public string Path => $"/api/v1/servers/{Server}";

    public HttpClient Owner => As("owner");

    /// <param name="roles">Of <see cref="Everybody"/>; none: all of them.</param>
    public static async Task<Community> FoundAsync(Deployment deployment, params string[] roles)
    {
        string[] wanted = [.. (roles.Length == 0 ? Everybody : roles).Append("owner").Distinct()];
        var people = (await Task.WhenAll(wanted.Select(async role => (Role: role, Account: await deployment.SignUpAsync(role))))).ToDictionary(one => one.Role, one => one.Account);
        var owner = deployment.ClientOf(people["owner"]);
        var community = new Community(deployment, await owner.CreateServerAsync());
        community._people["owner"] = (people["owner"], owner);
        var code = await owner.InviteAsync(community.Server);
        foreach (var role in wanted.Where(role => role != "owner"))
        {
            var client = deployment.ClientOf(people[role], community._people.Count % 2);
            community._people[role] = (people[role], client);
            if (role != "stranger")
            {
                await (await client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
                await community.PutIntoAsync(role, people[role].Id);
            }
        }

        // Roles came past the routes: readers ask again.
        await deployment.ForgetModelAsync(community.Server);
        return community;
    }

    public HttpClient As(string role) => _people[role].Client;

    public Account Of(string role) => _people[role].Account;

    /// <summary>The id of a built-in role.</summary>
    public async Task<Guid> RoleAsync(string code) =>
        (await Sql.ListAsync<Guid>(Deployment.Database, "select id from roles where server_id = $1 and built_in = $2", Server, code)).Single();

    /// <summary>Adds a role between moderator and admin, behind the routes, and gives it to somebody.</summary>
    public async Task<Guid> CustomRoleAsync(Contracts.Permissions granted, Guid holder)
    {
        var role = Guid.CreateVersion7();
        await Sql.ExecuteAsync(Deployment.Database, "update roles set position = position + 1 where server_id = $1 and position >= 3", Server);
        await Sql.ExecuteAsync(Deployment.Database, "insert into roles (id, server_id, name, position, permissions) values ($1, $2, 'Custom', 3, $3)", role, Server, (long)granted);
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", Server, holder, role);
        return role;
    }

    public Task<JsonElement> ReadAsync() => Owner.ReadAsync(Path);

    public async Task<long> RevAsync() => (await ReadAsync()).GetProperty("rev").GetInt64();

    public void Dispose()
    {
        foreach (var (_, client) in _people.Values)
        {
            client.Dispose();
        }
    }

    private Task PutIntoAsync(string role, Guid user) => Sql.ExecuteAsync(
        Deployment.Database,
        "update member_roles set role_id = (select id from roles where server_id = $1 and built_in = $3) where server_id = $1 and user_id = $2",
        Server,
        user,
        role);
}
