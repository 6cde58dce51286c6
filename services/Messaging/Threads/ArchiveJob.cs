using Chat.Messaging.Jobs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Threads;

/// <summary>Archives threads in which nothing was said for their time.</summary>
internal sealed class ArchiveJob(NpgsqlDataSource store, IServiceScopeFactory scopes, IOptions<ThreadOptions> options, TimeProvider clock, ILogger<ArchiveJob> logger)
    : LeadingJob(store, clock, logger)
{
    protected override long LockId => 0x7468_7265_6164_7300;

    protected override TimeSpan Every => options.Value.Every;

    protected override async Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ThreadRest>().ArchiveDueAsync(cancellationToken);
        return false;
    }
}

/// <summary>How threads are looked after, configuration section <c>Threads</c>.</summary>
internal sealed class ThreadOptions
{
    /// <summary>The time between two looks for threads that are to rest.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}
