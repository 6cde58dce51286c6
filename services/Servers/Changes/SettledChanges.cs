using System.Threading.Channels;
using Chat.Servers.Access;
using Npgsql;
using StackExchange.Redis;

namespace Chat.Servers.Changes;

/// <summary>
/// Keeps <c>unsettled_changes</c> short: removes what requests settled, in groups, and settles what they could not: in Redis, and where rights were taken away with messaging's
/// fence too. Runs on every replica; all of it may be done twice.
/// </summary>
internal sealed class SettledChanges(
    NpgsqlDataSource source, PermissionModelWriter model, SendFence fence, TimeProvider time, ILogger<SettledChanges> logger) : BackgroundService
{
    private const int Waiting = 10_000;
    private const int Group = 500;
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(1);

    /// <summary>A request settles its own change well within this.</summary>
    private static readonly TimeSpan RepairAfter = TimeSpan.FromSeconds(3);

    /// <summary>As long as an <c>Idempotency-Key</c> lives.</summary>
    private static readonly TimeSpan KeepUnanswered = TimeSpan.FromHours(24);

    // When full, the repair removes the row instead.
    private readonly Channel<(Guid Server, long Rev)> _settled =
        Channel.CreateBounded<(Guid, long)>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Notes that Redis has a change which nobody waits for.</summary>
    public void Add(Guid server, long rev) => _settled.Writer.TryWrite((server, rev));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(RemoveAsync(stoppingToken), RepairAsync(stoppingToken));

    private async Task RemoveAsync(CancellationToken stoppingToken)
    {
        var group = new List<(Guid Server, long Rev)>(Group);
        while (await _settled.Reader.WaitToReadAsync(stoppingToken))
        {
            group.Clear();
            while (group.Count < Group && _settled.Reader.TryRead(out var change))
            {
                group.Add(change);
            }

            await TryAsync(() => ExecuteAsync(
                "delete from unsettled_changes where (server_id, rev) in (select * from unnest($1, $2)) and not access_lost",
                [group.ConvertAll(change => change.Server).ToArray(), group.ConvertAll(change => change.Rev).ToArray()],
                stoppingToken));
        }
    }

    private async Task RepairAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RepairInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryAsync(() => RepairOnceAsync(stoppingToken));
        }
    }

    /// <summary>One pass of the repair, over at most <see cref="Group"/> servers.</summary>
    private async Task RepairOnceAsync(CancellationToken cancellationToken)
    {
        var overdue = await OverdueAsync(time.GetUtcNow() - RepairAfter, cancellationToken);
        foreach (var (server, rev, _) in overdue)
        {
            await model.OvertakeAsync(server, rev, cancellationToken);
            await ExecuteAsync("delete from unsettled_changes where server_id = $1 and rev <= $2 and not access_lost", [server, rev], cancellationToken);
        }

        // After all of Redis, which does not wait for messaging.
        foreach (var (server, _, lost) in overdue)
        {
            if (lost is not { } rev)
            {
                continue;
            }

            await fence.RaiseAsync(server, rev, cancellationToken);
            await ExecuteAsync(
                "update unsettled_changes set settled_at = $3 where server_id = $1 and rev <= $2 and access_lost and settled_at is null",
                [server, rev, time.GetUtcNow()],
                cancellationToken);
        }

        await ExecuteAsync(
            $"""
            delete from unsettled_changes where (server_id, rev) in (
              select server_id, rev from unsettled_changes where settled_at < $1 limit {Group} for update skip locked)
            """,
            [time.GetUtcNow() - KeepUnanswered],
            cancellationToken);
    }

    /// <summary>The revision that each of the servers is behind, and the last one that took rights away.</summary>
    private async Task<List<(Guid Server, long Rev, long? Lost)>> OverdueAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"""
            select server_id, max(rev), max(rev) filter (where access_lost)
            from unsettled_changes where created_at < $1 and settled_at is null group by server_id limit {Group}
            """);
        command.Parameters.Add(new() { Value = before });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var overdue = new List<(Guid, long, long?)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            overdue.Add((reader.GetGuid(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetInt64(2)));
        }

        return overdue;
    }

    private async Task ExecuteAsync(string sql, object[] values, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is RedisException or NpgsqlException or TimeoutException or HttpRequestException)
        {
            logger.LogWarning("Settling changes is put off: {Reason}", exception.Message);
        }
    }
}
