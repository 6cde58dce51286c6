using Chat.ServiceDefaults.Stores;
using Npgsql;

namespace Chat.Servers.Audit;

/// <summary>Removes entries that are older than 90 days, at the start and every hour, in batches, on every replica: what one is at, another skips.</summary>
internal sealed class AuditCleanup(NpgsqlDataSource source, TimeProvider time, ILogger<AuditCleanup> logger) : Cleanup(time, logger)
{
    private const int Batch = 1000;

    private readonly TimeProvider _time = time;

    protected override Task CleanAsync(CancellationToken cancellationToken) => RemoveAsync(Batch, () => RemoveBatchAsync(cancellationToken));

    private async Task<int> RemoveBatchAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"delete from audit_log where id in (select id from audit_log where created_at < $1 order by created_at limit {Batch} for update skip locked)");
        command.Parameters.Add(new() { Value = _time.GetUtcNow() - AuditEntry.Kept });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
