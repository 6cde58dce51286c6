using System.Diagnostics;
using System.Text.Json;
using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Messaging.ReadStates;

/// <summary>
/// Changes what somebody has read, or muted. Mark, counts and event are of one transaction, which holds the reader's row (<see cref="ReadStateSql"/>). The servers service is asked only
/// where it has to be: when it is not known yet since when the reader is a member, and when something after the mark may mention a role.
/// </summary>
internal sealed class ReadMarks(NpgsqlDataSource store, IChannelPermissions permissions, IUserChannels channels, ChannelDirectory directory, Outbox outbox, TimeProvider clock)
{
    /// <summary>Each further time takes a loss of rights since the last, and one is for asking servers.</summary>
    private const int MaxAttempts = 6;

    /// <summary>Marks everything up to a place as read, the last message at most. What was read further already stays so.</summary>
    public Task<Results<Ok<ReadState>, ProblemHttpResult>> ForwardAsync(Guid channel, Caller caller, long seq, CancellationToken cancellationToken) =>
        ChangeAsync(channel, caller, ReadStateSql.ForwardOne, new NpgsqlParameter<long> { TypedValue = seq }, ask: false, cancellationToken);

    /// <summary>Marks everything from a message on as unread. What is unread already stays so.</summary>
    public async Task<Results<Ok<ReadState>, ProblemHttpResult>> BackAsync(Guid channel, Caller caller, Guid message, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is null)
            return MessagesApi.ChannelNotFound();
        await using var command = store.CreateCommand("SELECT seq FROM messages WHERE id = $1 AND channel = $2");
        command.Parameters.Add(new() { Value = message });
        command.Parameters.Add(new() { Value = channel });
        if (await command.ExecuteScalarAsync(cancellationToken) is not long seq)
            return ChannelActs.MessageNotFound();
        // The place of joining is settled first: found later, it would move the mark forward again.
        return await ChangeAsync(channel, caller, ReadStateSql.BackOne, new NpgsqlParameter<long> { TypedValue = seq }, ask: true, cancellationToken);
    }

    /// <summary>Mutes a channel until a moment; null: it is muted no more.</summary>
    public Task<Results<Ok<ReadState>, ProblemHttpResult>> MuteAsync(Guid channel, Caller caller, DateTimeOffset? until, CancellationToken cancellationToken) =>
        ChangeAsync(
            channel, caller, ReadStateSql.MuteOne, new NpgsqlParameter { Value = until is { } moment ? moment : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, ask: false, cancellationToken);

    /// <summary>Marks everything that somebody sees in a server as read.</summary>
    /// <returns>False: they are in no such server.</returns>
    public async Task<bool> ForwardAllAsync(Guid server, Caller caller, CancellationToken cancellationToken)
    {
        var memberships = await channels.OfAsync(caller.Id, server, cancellationToken);
        if (memberships is [])
            return false;

        var seen = SeenChannels.Of(memberships);
        NpgsqlParameter[] more = [new NpgsqlParameter<bool> { TypedValue = false }, new NpgsqlParameter<Guid> { TypedValue = Guid.Empty }, new NpgsqlParameter<int> { TypedValue = ReadStateSql.All }];
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var locked = await LockAsync(connection, caller.Id, seen, more, cancellationToken);
        // Only those: a row that came meanwhile would be taken out of order.
        await using var batch = connection.CreateBatch()
            .With(ReadStateSql.ForwardMany, caller.Id, seen, [.. more, new NpgsqlParameter<Guid[]> { TypedValue = locked }])
            .With(ReadStateSql.StateOfMany, caller.Id, seen, more);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var (changed, found) = await ReadAsync(reader, cancellationToken);
        await reader.DisposeAsync();
        await EndAsync(connection, caller.Id, [.. found.Select(one => one.State).OfType<ReadState>().Where(state => changed.Contains(state.Channel))], cancellationToken);
        return true;
    }

    private async Task<Results<Ok<ReadState>, ProblemHttpResult>> ChangeAsync(
        Guid channel, Caller caller, string change, NpgsqlParameter value, bool ask, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
                return MessagesApi.ChannelNotFound();
            if (await SeenAsync(channel, caller.Id, access, ask, cancellationToken) is not { } seen)
                return MessagesApi.ChannelNotFound();

            await using var connection = await store.OpenConnectionAsync(cancellationToken);
            NpgsqlParameter[] more = [new NpgsqlParameter<Guid> { TypedValue = channel }, value];
            await using var batch = connection.CreateBatch()
                .With(ReadStateSql.Begin)
                .With(ReadStateSql.Prepare)
                .With(ReadStateSql.SettleOne, caller.Id, seen, more)
                .With(ReadStateSql.LockOne, caller.Id, seen, more)
                .With(change, caller.Id, seen, more)
                .With(ReadStateSql.StateOfOne, caller.Id, seen, more);
            var (changed, found) = await RunAsync(batch, cancellationToken);
            if (found is [{ State: { } state, Incomplete: false, Fenced: false }])
            {
                await EndAsync(connection, caller.Id, changed.Count > 0 ? [state] : [], cancellationToken);
                return TypedResults.Ok(state);
            }

            // Given up with the connection: nothing was changed. Without a conversation's row the next question about permission says why.
            ask |= found is [{ Incomplete: true }];
        }

        return ChannelActs.PermissionsChanging();
    }

    /// <summary>What is known of the channel; null when asking shows that it is not seen any more.</summary>
    private async Task<SeenChannels?> SeenAsync(Guid channel, Guid user, ChannelAccess access, bool ask, CancellationToken cancellationToken)
    {
        var authority = await directory.FindAsync(channel, cancellationToken) is { Parent: { } parent } ? parent : channel;
        if (authority == access.Server)
            return SeenChannels.None;
        if (!ask)
            return SeenChannels.One(channel, access);
        return await channels.OfAsync(user, access.Server, cancellationToken) is [var server] && server.Channels.Any(one => one.Id == authority) ? SeenChannels.One(channel, server) : null;
    }

    private async Task<(HashSet<Guid> Changed, List<FoundState> Found)> RunAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // After what the preparation and the lock answer.
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    private async Task<(HashSet<Guid> Changed, List<FoundState> Found)> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var changed = await ReadStateRows.ReadIdsAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return (changed, await ReadStateRows.ReadAsync(reader, clock.GetUtcNow(), cancellationToken));
    }

    private static async Task<Guid[]> LockAsync(NpgsqlConnection connection, Guid user, SeenChannels seen, NpgsqlParameter[] more, CancellationToken cancellationToken)
    {
        // Settling holds the rows it gives: kept while waiting for those before them, a send that has one of these would wait in a circle.
        await using var batch = connection.CreateBatch()
            .With(ReadStateSql.Begin)
            .With(ReadStateSql.Prepare)
            .With(ReadStateSql.SettleMany, user, seen, more)
            .With(ReadStateSql.Commit)
            .With(ReadStateSql.Begin)
            .With(ReadStateSql.Prepare)
            .With(ReadStateSql.LockMany, user, seen, more);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // After what the two preparations answer.
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return [.. await ReadStateRows.ReadIdsAsync(reader, cancellationToken)];
    }

    private async Task EndAsync(NpgsqlConnection connection, Guid user, IReadOnlyCollection<ReadState> changed, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        if (changed.Count > 0)
        {
            var at = clock.GetUtcNow();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(ReadStateSql.Tell)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = user.ToString() },
                    new NpgsqlParameter<string[]> { TypedValue = [.. changed.Select(state => Event(user, state, at))] },
                    new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                },
            });
        }

        await batch.With(ReadStateSql.Commit).ExecuteNonQueryAsync(cancellationToken);
        if (changed.Count > 0)
            outbox.Wake();
    }

    private static string Event(Guid user, ReadState state, DateTimeOffset at) => JsonSerializer.Serialize(
        new ReadStateChanged { User = user, Channel = state.Channel, Body = JsonSerializer.SerializeToElement(state, JsonDefaults.Options), At = at }, JsonDefaults.Options);
}
