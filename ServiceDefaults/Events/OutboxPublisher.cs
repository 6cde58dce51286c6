using System.Diagnostics;
using System.Text.Json;
using Chat.ServiceDefaults.Json;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// Publishes the outbox. One replica at a time does: the holder of an advisory lock, which PostgreSQL gives up when that replica dies, so another takes over
/// within a second. A replica without the lock passes its wake-ups on by NOTIFY. Rows are read in id order, published with up to <see cref="BatchSize"/>
/// confirms in flight and deleted when confirmed; what was not confirmed is published again, so consumers see an event at least once.
/// </summary>
internal sealed class OutboxPublisher(NpgsqlDataSource source, IBus bus, Outbox outbox, OutboxMetrics metrics, ILogger<OutboxPublisher> logger) : BackgroundService
{
    private const int BatchSize = 200;
    private const long LockId = 0x6F75_7462_6F78;
    private const string Channel = "outbox";

    private static readonly ActivitySource Source = new("Chat.Outbox");
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

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
        // A type this build does not know was written by a newer replica and is left to it.
        await using var command = new NpgsqlCommand(
            "select id, type, body, trace_parent, extract(epoch from now() - created_at)::float8 from outbox where type = any($1) order by id limit $2", connection)
        {
            Parameters = { new() { Value = EventTypes.Names }, new() { Value = BatchSize } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
            if (rows.Count == 1)
            {
                metrics.OldestAge = reader.GetDouble(4);
            }
        }

        if (rows.Count == 0)
        {
            metrics.OldestAge = 0;
        }

        return rows;
    }

    private async Task<long[]> PublishAsync(List<Row> rows, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(PublishLimit);
        var publishing = new List<Task<bool>>(rows.Count);
        foreach (var row in rows)
        {
            publishing.Add(TryPublishAsync(row, limit.Token));
            // The first of its type has its exchange declared before it is sent; what follows must not overtake it meanwhile.
            if (!_declared.Contains(row.Type) && await publishing[^1])
            {
                _declared.Add(row.Type);
            }
        }

        var results = await Task.WhenAll(publishing);
        if (results.Contains(false))
        {
            // Perhaps the connection was lost, and the next one declares anew.
            _declared.Clear();
        }

        return [.. rows.Where((_, index) => results[index]).Select(row => row.Id)];
    }

    private async Task<bool> TryPublishAsync(Row row, CancellationToken cancellationToken)
    {
        using var activity = ActivityContext.TryParse(row.TraceParent, null, isRemote: true, out var parent)
            ? Source.StartActivity("outbox publish", ActivityKind.Internal, parent)
            : Source.StartActivity("outbox publish");
        try
        {
            var type = EventTypes.Get(row.Type);
            var @event = JsonSerializer.Deserialize(row.Body, type, JsonDefaults.Options) ?? throw new JsonException("The body is null.");
            await bus.Publish(@event, type, cancellationToken);
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
