using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Stores;

/// <summary>Runs in the starting phase, which ends before any hosted service, the web server included, begins.</summary>
internal sealed class MigrationStep<TContext>(IServiceScopeFactory scopes, NpgsqlDataSource source, ILogger<MigrationStep<TContext>> logger)
    : IHostedLifecycleService where TContext : DbContext
{
    // Any constant will do: advisory locks are per database, and only this step uses this number.
    private const long LockId = 0x6D69_6772_6174_65;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await MigrateAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (exception is not PostgresException || exception.IsTransient)
            {
                logger.LogWarning("PostgreSQL is not ready for migrations, attempt {Attempt}: {Reason}", attempt, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 100 * attempt)), cancellationToken);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { CommandTimeout = 120, Parameters = { new() { Value = LockId } } })
        {
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<TContext>().Database.MigrateAsync(cancellationToken);
        await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockId } } };
        await release.ExecuteNonQueryAsync(cancellationToken);
    }
}
