namespace Chat.Servers.Tests;

/// <summary>A server with somebody in each built-in role that was asked for, its owner always among them, and somebody who is not a member.</summary>
internal sealed class Community : Gathering
{
    /// <summary>Every built-in role, lowest first, and somebody who is not a member.</summary>
    public static readonly string[] Everybody = ["stranger", "guest", "member", "moderator", "admin", "owner"];

    /// <summary>Every built-in role, highest first.</summary>
    public static readonly string[] Ranks = [.. Everybody[1..].Reverse()];

    private readonly Dictionary<string, Person> _byRole = new(StringComparer.Ordinal);

    private Community(Deployment deployment, Person owner, JsonElement server) : base(deployment, owner, server) => _byRole["owner"] = owner;

    public Person Admin => this["admin"];

    public Person Moderator => this["moderator"];

    public Person Member => this["member"];

    public Person Guest => this["guest"];

    public Person Stranger => this["stranger"];

    /// <summary>By the code of their highest role, or <c>stranger</c>.</summary>
    public Person this[string who] => _byRole[who];

    /// <summary>Each holds one role and no other.</summary>
    /// <param name="roles">Of <see cref="Everybody"/>; none: all of them.</param>
    public static async Task<Community> FoundAsync(Deployment deployment, params string[] roles)
    {
        var community = await GatherAsync(deployment, roles.Length == 0 ? Everybody : roles);
        foreach (var role in community._byRole.Keys.Except(["owner", "stranger"]))
        {
            await community.PutIntoAsync(role);
        }

        // Roles came past the routes: readers ask again.
        await deployment.ForgetModelAsync(community.Server);
        return community;
    }

    /// <summary>Everybody, those above Member holding that role too, as by being given theirs.</summary>
    public static async Task<Community> AssembleAsync(Deployment deployment)
    {
        var community = await GatherAsync(deployment, Everybody);
        foreach (var who in Ranks[1..3])
        {
            await community.GiveAsync(community[who], community.Role(who));
        }

        await community.PutIntoAsync("guest");
        await deployment.ForgetModelAsync(community.Server);
        return community;
    }

    public HttpClient As(string role) => this[role].Client;

    public Account Of(string role) => this[role].Account;

    /// <summary>Gives a role past the routes, and lets nothing be remembered of before.</summary>
    public async Task GiveAsync(Person person, Guid role)
    {
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", Server, person.Id, role);
        await Deployment.ForgetModelAsync(Server);
    }

    /// <summary>Adds a role between moderator and admin, behind the routes, and gives it to somebody.</summary>
    public async Task<Guid> CustomRoleAsync(Contracts.Permissions granted, Guid holder)
    {
        var role = Guid.CreateVersion7();
        await Sql.ExecuteAsync(Deployment.Database, "update roles set position = position + 1 where server_id = $1 and position >= 3", Server);
        await Sql.ExecuteAsync(Deployment.Database, "insert into roles (id, server_id, name, position, permissions) values ($1, $2, 'Custom', 3, $3)", role, Server, (long)granted);
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", Server, holder, role);
        return role;
    }

    /// <summary>The roles as the owner reads them, lowest first.</summary>
    public async Task<JsonElement[]> ReadRolesAsync() => [.. (await Owner.Client.ReadAsync(Roles)).GetProperty("items").EnumerateArray()];

    /// <summary>The roles below the owner's, lowest first.</summary>
    public async Task<Guid[]> OrderAsync() => [.. (await ReadRolesAsync()).Select(Calls.Id).SkipLast(1)];

    /// <summary>Signs everybody up and lets those in who are to be members.</summary>
    private static async Task<Community> GatherAsync(Deployment deployment, string[] roles)
    {
        string[] others = [.. roles.Except(["owner"])];
        var signUps = others.Select((role, index) => SignUpAsync(deployment, role, (index + 1) % 2)).ToList();
        var owner = await SignUpAsync(deployment, "owner");
        var community = new Community(deployment, owner, await owner.Client.CreateServerAsync());
        var code = await owner.Client.InviteAsync(community.Server);
        foreach (var (role, signUp) in others.Zip(signUps))
        {
            var person = community._byRole[role] = community.Add(await signUp);
            if (role != "stranger")
            {
                await (await person.Client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
            }
        }

        return community;
    }

    /// <summary>Lets somebody hold their role instead of Member.</summary>
    private Task PutIntoAsync(string role) => Sql.ExecuteAsync(
        Deployment.Database, "update member_roles set role_id = $3 where server_id = $1 and user_id = $2", Server, this[role].Id, Role(role));
}
