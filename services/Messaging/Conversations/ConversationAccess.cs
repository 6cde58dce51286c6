using Chat.Access;
using Chat.Contracts;
using Npgsql;

namespace Chat.Messaging.Conversations;

/// <summary>What people may do in conversations. Their members see them; who may write depends on requests, blocks and whether a group is closed.</summary>
internal sealed class ConversationAccess(NpgsqlDataSource store)
{
    /// <summary>What every member may.</summary>
    private const Permissions Reading = Permissions.ViewChannel;

    /// <summary>What every member may besides, where they may write.</summary>
    private const Permissions Writing = Permissions.SendMessages | Permissions.AttachFiles | Permissions.AddReactions | Permissions.MentionEveryone
        | Permissions.Connect | Permissions.Speak | Permissions.Stream;

    /// <summary>What somebody may who asked to talk and has no answer yet.</summary>
    private const Permissions Asking = Permissions.SendMessages;

    // The fence comes from the same snapshot: whatever takes a right away raises it under the channel's lock.
    private const string Find =
        """
        SELECT c.id, h.access_rev,
          c.closed_at IS NULL
          AND (c.declined_at IS NULL OR c.requested_by IS DISTINCT FROM $2)
          AND NOT EXISTS (SELECT FROM blocks b WHERE b.active AND (b.blocker, b.blocked) IN ((c.low, c.high), (c.high, c.low))),
          c.requested_by IS NOT DISTINCT FROM $2
        FROM conversation_members m
        JOIN conversations c ON c.id = m.conversation
        JOIN channels h ON h.id = m.conversation
        WHERE m.user_id = $2 AND m.conversation = ANY ($1)
        """;

    /// <summary>The conversations that somebody is in, by id. Each is its own server; <see cref="ChannelAccess.Rev"/> is its fence.</summary>
    public async Task<IReadOnlyDictionary<Guid, ChannelAccess>> GetAsync(IReadOnlyCollection<Guid> conversations, Guid user, CancellationToken cancellationToken)
    {
        await using var command = store.CreateCommand(Find);
        command.Parameters.Add(new() { Value = conversations.ToArray() });
        command.Parameters.Add(new() { Value = user });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<Guid, ChannelAccess>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var conversation = reader.GetGuid(0);
            found[conversation] = new ChannelAccess(conversation, Reading | (!reader.GetBoolean(2) ? Permissions.None : reader.GetBoolean(3) ? Asking : Writing), reader.GetInt64(1));
        }

        return found;
    }

    /// <summary>Those of some users who are in a conversation.</summary>
    public async Task<IReadOnlyList<Guid>> MembersAsync(Guid conversation, IReadOnlyCollection<Guid> users, CancellationToken cancellationToken)
    {
        await using var command = store.CreateCommand("SELECT user_id FROM conversation_members WHERE conversation = $1 AND user_id = ANY ($2)");
        command.Parameters.Add(new() { Value = conversation });
        command.Parameters.Add(new() { Value = users.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            members.Add(reader.GetGuid(0));
        return members;
    }
}
