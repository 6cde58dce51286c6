using Chat.Access;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.Messaging.ReadStates;
using Npgsql;

namespace Chat.Messaging.Mentioning;

/// <summary>Reads the messages that mention somebody, in all that they see at this moment and by the roles that they hold at this moment.</summary>
internal sealed class MentionInbox(NpgsqlDataSource store, IUserChannels channels)
{
    /// <summary>Each further time takes another loss of rights since the last.</summary>
    private const int MaxAttempts = 5;

    /// <summary>After every message.</summary>
    private static readonly Guid End = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    /// <summary>A page, in one server or in all and in conversations. Null when rights are lost faster than this can be read.</summary>
    /// <param name="before">Messages before this one.</param>
    public async Task<MentionPage?> ReadAsync(Guid user, Guid? server, Guid? before, int limit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var seen = SeenChannels.Of(await channels.OfAsync(user, server, cancellationToken));
            if (await FindAsync(user, seen, server is null, before ?? End, limit + 1, cancellationToken) is not { } found)
                continue;
            var items = found.Count > limit ? found[..limit] : found;
            return new MentionPage(items, found.Count > limit ? Cursor.Of(ListKind.Mentions, items[^1].Message.Id) : null);
        }

        return null;
    }

    /// <summary>Null when rights were taken away in a server after it was asked.</summary>
    private async Task<List<Mentioned>?> FindAsync(Guid user, SeenChannels seen, bool conversations, Guid before, int limit, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] more = [new NpgsqlParameter<bool> { TypedValue = conversations }, new NpgsqlParameter<Guid> { TypedValue = before }, new NpgsqlParameter<int> { TypedValue = limit }];
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch()
            .With(ReadStateSql.Begin)
            .With(ReadStateSql.Prepare)
            .With(MentionSql.Walk)
            .With(MentionSql.Page, user, seen, more)
            .With(ReadStateSql.Commit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var found = new List<Mentioned>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.GetBoolean(2))
                return null;
            var message = MessageSql.Read(reader, 3);
            found.Add(new Mentioned(message, reader.IsDBNull(1) ? null : reader.GetGuid(1), Kind(reader.GetInt32(0), message)));
        }

        return found;
    }

    private static MentionKind Kind(int rank, Message message) => rank switch
    {
        0 => MentionKind.User,
        1 => MentionKind.Role,
        _ => message.Mentions?.Everyone == true ? MentionKind.Everyone : MentionKind.Here,
    };
}
