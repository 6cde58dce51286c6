using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// Publishes the outbox. One replica at a time does: the holder of an advisory lock, which PostgreSQL gives up when that replica dies, so another takes over
/// within a second. A replica without the lock passes its wake-ups on by NOTIFY. Rows are read in id order, published with up to <see cref="BatchSize"/>
/// confirms in flight and deleted when confirmed; what was not confirmed is published again, with all that follows it, so consumers see an event at least once,
/// and see it first after all earlier ones of its key.
/// </summary>
internal sealed class OutboxPublisher(
    NpgsqlDataSource source, OutboxChannel channel, Outbox outbox, OutboxMetrics metrics, TimeProvider time, ILogger<OutboxPublisher> logger) : BackgroundService
{
    private const int BatchSize = 200;
    private const long LockId = 0x6F75_7462_6F78;
    private const string Channel = "outbox";
    private const string Passable = "and type <> all($3) and not exists (select from outbox held where held.key = outbox.key and held.id < outbox.id and held.type = any($3))";

    private static readonly ActivitySource Source = new("Chat.Outbox");
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(2);

    /// <summary>Types that the broker would not let be published, and when that is tried again.</summary>
    private readonly Dictionary<string, DateTimeOffset> _refused = new(StringComparer.Ordinal);

    private bool _unreachable;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                if (await LockAsync(connection, stoppingToken))
                {
                    await LeadAsync(connection, stoppingToken);
                }
                else if (await outbox.WokenAsync(Idle, stoppingToken))
                {
                    await NotifyAsync(connection, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                logger.LogWarning("The outbox cannot be read and will be tried again: {Reason}", exception.Message);
                await Task.Delay(Idle / 2, stoppingToken);
            }
        }
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockId } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task NotifyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"notify {Channel}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task LeadAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var listening = ListenAsync(ended.Token);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var rows = await ReadAsync(connection, stoppingToken);
                if (rows.Count == 0)
                {
                    await outbox.WokenAsync(Idle, stoppingToken);
                    continue;
                }

                var confirmed = await PublishAsync(rows, stoppingToken);
                await DeleteAsync(connection, confirmed, stoppingToken);
                outbox.Progressed();
                if (confirmed.Length < rows.Count)
                {
                    await Task.Delay(Idle / 4, stoppingToken);
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
            await listening;
            await channel.LeaveAsync();
        }
    }

    /// <summary>Turns other replicas' NOTIFY into local wake-ups. When it fails the one-second poll still finds their rows.</summary>
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                connection.Notification += (_, _) => outbox.Wake();
                await using (var command = new NpgsqlCommand($"listen {Channel}", connection))
                {
                    await command.ExecuteNonQueryAsync(cancellationToken);
                }

                while (true)
                {
                    await connection.WaitAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                logger.LogWarning("Listening for wake-ups was interrupted: {Reason}", exception.Message);
                await Task.Delay(Idle, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<List<Row>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        string[] refused = [.. _refused.Where(type => type.Value > now).Select(type => type.Key)];
        // A type this build does not know was written by a newer replica and is left to it. What was refused holds up what follows of its key, nothing else.
        await using var command = new NpgsqlCommand(
            $"""
            select id, type, body, trace_parent, extract(epoch from now() - created_at)::float8 from outbox
            where type = any($1) {(refused.Length == 0 ? "" : Passable)} order by id limit $2
            """,
            connection)
        {
            Parameters = { new() { Value = EventTypes.Names }, new() { Value = BatchSize } },
        };
        if (refused.Length > 0)
        {
            command.Parameters.Add(new() { Value = refused });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (rows, oldest) = (new List<Row>(), 0.0);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
            oldest = rows.Count == 1 ? reader.GetDouble(4) : oldest;
        }

        if (refused.Length == 0)
        {
            metrics.OldestAge = oldest;
        }

        return rows;
    }

    private async Task<long[]> PublishAsync(List<Row> rows, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(PublishLimit);
        var results = Array.Empty<bool>();
        if (await TryOpenAsync(limit.Token) && await TryDeclareAsync(rows.Select(row => row.Type).Distinct(StringComparer.Ordinal), limit.Token))
        {
            results = await Task.WhenAll(rows.Select(row => TryPublishAsync(row, limit.Token)).ToList());
        }

        if (results.Contains(false) || !channel.IsOpen)
        {
            // What was sent on this connection may still arrive; what follows must not do so before it, so nothing more is sent here.
            await channel.LeaveAsync();
        }

        return [.. rows.Zip(results).Where(pair => pair.Second).Select(pair => pair.First.Id)];
    }

    private async Task<bool> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await channel.OpenAsync(cancellationToken);
            _unreachable = false;
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (!_unreachable)
            {
                logger.LogWarning("The broker cannot be reached and is tried until it can: {Reason}", exception.Message);
                _unreachable = true;
            }

            await channel.LeaveAsync();
            return false;
        }
    }

    /// <returns>False when there is a type that cannot be published now. What to read next is then another question.</returns>
    private async Task<bool> TryDeclareAsync(IEnumerable<string> types, CancellationToken cancellationToken)
    {
        foreach (var type in types)
        {
            try
            {
                await channel.DeclareAsync(type, cancellationToken);
                _refused.Remove(type);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                logger.LogWarning("Events of type {Type} cannot be published and will be tried again: {Reason}", type, exception.Message);
                if (cancellationToken.IsCancellationRequested)
                {
                    await channel.LeaveAsync();
                }
                else if (!channel.IsOpen)
                {
                    return false;
                }

                _refused[type] = time.GetUtcNow() + RefusedFor;
                return false;
            }
        }

        return true;
    }

    private async Task<bool> TryPublishAsync(Row row, CancellationToken cancellationToken)
    {
        using var activity = ActivityContext.TryParse(row.TraceParent, null, isRemote: true, out var parent)
            ? Source.StartActivity("outbox publish", ActivityKind.Producer, parent)
            : Source.StartActivity("outbox publish", ActivityKind.Producer);
        try
        {
            await channel.PublishAsync(row.Type, row.Body, activity?.Id ?? row.TraceParent).WaitAsync(cancellationToken);
            metrics.Published.Add(1);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever went wrong, the row stays: it is tried again until it is confirmed.
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            logger.LogWarning("Event {Id} of type {Type} was not confirmed and will be published again: {Reason}", row.Id, row.Type, exception.Message);
            return false;
        }
    }

    private static async Task DeleteAsync(NpgsqlConnection connection, long[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand("delete from outbox where id = any($1)", connection) { Parameters = { new() { Value = ids } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Row(long Id, string Type, string Body, string? TraceParent);
}
