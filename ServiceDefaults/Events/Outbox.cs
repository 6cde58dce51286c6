using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Chat.ServiceDefaults.Events;

/// <summary>What a request handler needs of the outbox once it has committed: wake the publisher, and where order demands it, wait.</summary>
/// <remarks>Setting <c>EventBus:ConfirmedWithin</c>: how long to wait, 5 seconds.</remarks>
public sealed class Outbox(NpgsqlDataSource source, IConfiguration configuration, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _waitLimit = configuration.GetValue("EventBus:ConfirmedWithin", TimeSpan.FromSeconds(5));
    private readonly SemaphoreSlim _wake = new(0, 1);
    private TaskCompletionSource _progress = NewProgress();

    /// <summary>Tells the publisher that rows were committed. Cheap, never blocks, safe to call too often.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already awake: the publisher reads everything there is, this row included.
        }
    }

    /// <summary>
    /// Waits until every row of <paramref name="key"/> that is committed now has been confirmed by the broker, <c>EventBus:ConfirmedWithin</c> at most.
    /// </summary>
    /// <returns>False when the time ran out: the rows stay and will be published later.</returns>
    public async Task<bool> PublishedAsync(string key, CancellationToken cancellationToken)
    {
        Wake();
        var deadline = time.GetUtcNow() + _waitLimit;
        var last = await ScalarAsync("select coalesce(max(id), 0) from outbox where key = $1", key, 0, cancellationToken);
        while (last > 0 && await ScalarAsync("select count(*) from outbox where key = $1 and id <= $2", key, last, cancellationToken) > 0)
        {
            if (time.GetUtcNow() >= deadline)
            {
                return false;
            }

            await Task.WhenAny(Volatile.Read(ref _progress).Task, Task.Delay(PollInterval, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    internal Task<bool> WokenAsync(TimeSpan limit, CancellationToken cancellationToken) => _wake.WaitAsync(limit, cancellationToken);

    internal void Progressed() => Interlocked.Exchange(ref _progress, NewProgress()).SetResult();

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<long> ScalarAsync(string sql, string key, long last, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = key });
        if (last > 0)
        {
            command.Parameters.Add(new() { Value = last });
        }

        return (long)(await command.ExecuteScalarAsync(cancellationToken) ?? 0L);
    }
}
