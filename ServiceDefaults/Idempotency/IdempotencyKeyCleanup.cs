using Chat.ServiceDefaults.Stores;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Idempotency;

/// <summary>Removes keys older than 24 hours, at the start and every ten minutes, in batches, on every replica: what one is at, another skips.</summary>
internal sealed class IdempotencyKeyCleanup(NpgsqlDataSource source, TimeProvider time, ILogger<IdempotencyKeyCleanup> logger) : Cleanup(time, logger)
{
    private const int Batch = 1000;

    /// <inheritdoc/>
    protected override TimeSpan Interval { get; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override Task CleanAsync(CancellationToken cancellationToken) => RemoveAsync(Batch, () => RemoveBatchAsync(cancellationToken));

    private async Task<int> RemoveBatchAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"""
            delete from idempotency_keys where (user_id, key) in (
                select user_id, key from idempotency_keys where created_at < now() - interval '24 hours' order by created_at limit {Batch} for update skip locked)
            """);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
