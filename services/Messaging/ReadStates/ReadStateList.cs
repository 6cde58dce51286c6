using Chat.Access;
using Chat.Messaging.Paging;
using Npgsql;

namespace Chat.Messaging.ReadStates;

/// <summary>Lists read states: one question to servers, and one round trip to the store.</summary>
internal sealed class ReadStateList(NpgsqlDataSource store, IUserChannels channels, TimeProvider clock)
{
    /// <summary>Each further time takes another loss of rights since the last.</summary>
    private const int MaxAttempts = 5;

    /// <summary>
    /// Of all channels that somebody sees where something was said, and the threads in them that they follow: of one server, or of all and of their conversations. Null when rights are
    /// lost faster than this can be read.
    /// </summary>
    /// <param name="after">Channels after this one in the order of ids.</param>
    public async Task<ReadStatePage?> ReadAsync(Guid user, Guid? server, Guid after, int limit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var seen = SeenChannels.Of(await channels.OfAsync(user, server, cancellationToken));
            var found = await FindAsync(user, seen, server is null, after, limit + 1, cancellationToken);
            if (found.Exists(one => one.Fenced))
                continue;

            // Without a state: somebody spoke there for the first time a moment ago.
            var states = found.Take(limit).Select(one => one.State).OfType<ReadState>().ToArray();
            return new ReadStatePage(states, found.Count > limit && states is [.., var last] ? Cursor.Of(ListKind.ReadStates, last.Channel) : null);
        }

        return null;
    }

    private async Task<List<FoundState>> FindAsync(Guid user, SeenChannels seen, bool conversations, Guid after, int limit, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] more = [new NpgsqlParameter<bool> { TypedValue = conversations }, new NpgsqlParameter<Guid> { TypedValue = after }, new NpgsqlParameter<int> { TypedValue = limit }];
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch()
            .With(ReadStateSql.Begin)
            .With(ReadStateSql.Prepare)
            .With(ReadStateSql.SettleMany, user, seen, more)
            .With(ReadStateSql.StateOfMany, user, seen, more)
            .With(ReadStateSql.Commit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await ReadStateRows.ReadAsync(reader, clock.GetUtcNow(), cancellationToken);
    }
}
