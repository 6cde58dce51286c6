using Npgsql;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>A server that chance filled, behind the routes: roles, members with some of them, timeouts that last and that are over, channels private and open, overrides.</summary>
internal sealed record RandomServer(Guid Id, HttpClient Owner, Account OwnerAccount, IReadOnlyList<Guid> Members, IReadOnlyList<Guid> Roles, IReadOnlyList<Guid> Channels) : IDisposable
{
    private const long Administrator = (long)Granted.Administrator;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="members">Besides the owner.</param>
    /// <param name="roles">Besides the built-in ones.</param>
    /// <param name="channels">Besides the first.</param>
    public static async Task<RandomServer> CreateAsync(Deployment deployment, Random random, int members, int roles, int channels)
    {
        var ada = await deployment.SignUpAsync("ada");
        var owner = deployment.ClientOf(ada);
        var server = await owner.CreateServerAsync();
        var made = new RandomServer(
            server.Id(), owner, ada, [ada.Id, .. Ids(members)], Ids(roles), [server.General(), .. Ids(channels)]);
        await made.FillAsync(deployment, random);
        return made;
    }

    public void Dispose() => Owner.Dispose();

    private static Guid[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];

    private static long Flags(Random random) => random.NextInt64() & random.NextInt64() & (long)Granted.All & ~Administrator;

    private async Task FillAsync(Deployment deployment, Random random)
    {
        await using var source = NpgsqlDataSource.Create(deployment.Database);
        await using var batch = source.CreateBatch();
        Add("update servers set rev = $2, member_count = $3 where id = $1", Id, (long)Members.Count, Members.Count);
        foreach (var (index, role) in Roles.Index())
        {
            var granted = Flags(random) | (random.Next(3) == 0 ? (long)Granted.ViewChannel : 0) | (index == 0 ? Administrator : 0);
            Add("insert into roles (id, server_id, name, position, permissions) values ($1, $2, $3, $4, $5)", role, Id, $"Role {index}", index + 2, granted);
        }

        foreach (var (index, channel) in Channels.Skip(1).Index())
        {
            Add("insert into channels (id, server_id, name, kind, position) values ($1, $2, $3, 'text', $4)", channel, Id, $"channel-{index}", index + 1);
        }

        foreach (var channel in Channels)
        {
            Add("update channels set private = $2 where id = $1", channel, random.Next(3) == 0);
            foreach (var (target, ofRole) in Roles.Select(role => (role, true)).Concat(Members.Select(member => (member, false))).Where(_ => random.Next(5) == 0))
            {
                Add("insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, $3, $4, $5)", channel, target, ofRole, Flags(random), Flags(random));
            }
        }

        foreach (var (index, member) in Members.Skip(1).Index())
        {
            Add("insert into profiles (id, username, display_name, updated_at) values ($1, $2, $2, now())", member, $"m{index}");
            Add("insert into members (server_id, user_id, joined_rev, joined_at) values ($1, $2, $3, now())", Id, member, index + 2L);
            foreach (var role in Roles.Where(_ => random.Next(4) == 0))
            {
                Add("insert into member_roles (server_id, user_id, role_id) values ($1, $2, $3)", Id, member, role);
            }

            if (random.Next(4) == 0)
            {
                Add("insert into member_timeouts (server_id, user_id, until) values ($1, $2, now() + $3)", Id, member, TimeSpan.FromHours(random.Next(2) == 0 ? 5 : -5));
            }
        }

        await batch.ExecuteNonQueryAsync(Cancellation);

        void Add(string sql, params ReadOnlySpan<object> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            batch.BatchCommands.Add(command);
        }
    }
}
