using Chat.Messaging.Jobs;
using Chat.ServiceDefaults.Events;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Measuring;

/// <summary>Counts activity, again and again on one replica.</summary>
internal sealed class ActivityJob(
    NpgsqlDataSource store, ActivityCount count, Outbox outbox, IOptions<ActivityOptions> options, TimeProvider clock, ILogger<ActivityJob> logger) : LeadingJob(store, clock, logger)
{
    /// <summary>The last server of the pass before; the beginning when that reached the end.</summary>
    private Guid _place;

    protected override long LockId => 0x6163_7469_7669_7479;

    protected override TimeSpan Every { get; } = options.Value.Every;

    protected override async Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        _place = await count.RunAsync(connection, _place, cancellationToken);
        outbox.Wake();
        return false;
    }
}
