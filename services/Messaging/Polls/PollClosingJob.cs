using Chat.Messaging.Jobs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Polls;

/// <summary>Looks for polls to close, again and again on one replica.</summary>
internal sealed class PollClosingJob(NpgsqlDataSource store, PollClosing closing, IOptions<PollsOptions> options, TimeProvider clock, ILogger<PollClosingJob> logger)
    : LeadingJob(store, clock, logger)
{
    protected override long LockId => 0x706f_6c6c_7363_6c6f;

    protected override TimeSpan Every { get; } = options.Value.CloseEvery;

    protected override async Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await closing.RunAsync(connection, cancellationToken);
        return false;
    }
}
