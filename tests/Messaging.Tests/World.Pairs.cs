using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed partial class World
{
    /// <summary>The servers service as this person.</summary>
    internal HttpClient ServersClient(Account person) => Servers.CreateClient(person.Token);

    /// <summary>A conversation of two people with a thread in it, as the database has them; each person through a replica of their own.</summary>
    internal async Task<(ChannelClient One, ChannelClient Other, Guid Thread)> ConverseAsync(Account one, Account other)
    {
        var (conversation, thread) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (low, high) = one.Id.CompareTo(other.Id) < 0 ? (one.Id, other.Id) : (other.Id, one.Id);
        await Sql.RunAsync(Database, "insert into channels (id, kind, server_id) values ($1, 1, $1)", conversation);
        await Sql.RunAsync(Database, "insert into channels (id, kind, server_id, parent) values ($1, 3, $2, $2)", thread, conversation);
        await Sql.RunAsync(Database, "insert into conversations (id, low, high, created_at) values ($1, $2, $3, now())", conversation, low, high);
        await Sql.RunAsync(
            Database, "insert into conversation_members (conversation, user_id, joined_at, joined_rev) select $1, user_id, now(), 0 from unnest($2) as user_id", conversation, new[] { low, high });
        return (new ChannelClient(A.CreateClient(one.Token), conversation), new ChannelClient(B.CreateClient(other.Token), conversation), thread);
    }
}
