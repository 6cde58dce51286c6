using Chat.ServiceDefaults.Errors;
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
            catch (Exception exception) when (Passes(exception))
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
        // Of the transaction, which ends however this ends: a lock of the session would stay with the pooled connection, and the next attempt, on another one, would wait for it.
        await using var held = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection, held) { CommandTimeout = 120, Parameters = { new() { Value = LockId } } })
        {
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<TContext>().Database.MigrateAsync(cancellationToken);
    }

    /// <summary>The same migrations may well succeed later. Entity Framework wraps what it takes for such a failure.</summary>
    private static bool Passes(Exception exception) =>
        StoreTrouble.Passes(exception) || (exception as PostgresException ?? exception.InnerException as PostgresException)?.IsTransient is true;
}
