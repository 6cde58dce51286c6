using Chat.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Migrations at the start of a service, and what may get in their way.</summary>
public sealed class MigrationTests(TestStores stores)
{
    /// <summary>Less than the time for which one replica waits for another.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attempt_that_was_broken_off_is_repeated_and_stands_in_nobodys_way()
    {
        var database = await stores.CreateDatabaseAsync("shelves", Cancellation);
        // Short, so that an attempt fails while somebody holds what it needs: its connections stay in the pool.
        await using var one = new Replica($"{database};Command Timeout=1");
        await using var two = new Replica($"{database};Command Timeout=1");
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(Cancellation);
        await ExecuteAsync(other, """create table "__EFMigrationsHistory" ("MigrationId" varchar(150) primary key, "ProductVersion" varchar(32) not null)""");
        await ExecuteAsync(other, """begin; lock table "__EFMigrationsHistory" in access exclusive mode""");

        var starting = Task.WhenAll(one.MigrateAsync(), two.MigrateAsync());
        await Eventually.HoldsAsync("it is tried again after it was broken off", Soon, () => Task.FromResult(starting.IsFaulted || one.Attempts + two.Attempts >= 3));
        await ExecuteAsync(other, "commit");

        await starting.WaitAsync(Soon, Cancellation);
        Assert.Equal(1L, await ScalarAsync(other, """select count(*) from "__EFMigrationsHistory" """));
        Assert.Equal(0L, await ScalarAsync(other, "select count(*) from shelves"));
        Assert.Equal(0L, await ScalarAsync(other, "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"));
    }

    [Fact]
    public async Task Eight_replicas_that_start_at_once_migrate_once()
    {
        var database = await stores.CreateDatabaseAsync("shelves", Cancellation);
        var replicas = Enumerable.Range(0, 8).Select(_ => new Replica(database)).ToList();

        await Task.WhenAll(replicas.Select(replica => replica.MigrateAsync())).WaitAsync(Soon, Cancellation);

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        Assert.Equal(1L, await ScalarAsync(connection, """select count(*) from "__EFMigrationsHistory" """));
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    [Fact]
    public async Task A_migration_that_can_never_succeed_ends_the_start()
    {
        var database = await stores.CreateDatabaseAsync("shelves", Cancellation);
        await using var service = new Replica(database);
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(Cancellation);
        await ExecuteAsync(other, "create table shelves (id int)");

        var failure = await Assert.ThrowsAsync<PostgresException>(() => service.MigrateAsync().WaitAsync(Soon, Cancellation));

        Assert.Equal(PostgresErrorCodes.DuplicateTable, failure.SqlState);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    /// <summary>What a service has for its migrations, with a pool of connections of its own.</summary>
    private sealed class Replica : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private int _attempts;

        public Replica(string database)
        {
            var source = new NpgsqlDataSourceBuilder(database).Build();
            _services = new ServiceCollection()
                .AddLogging()
                .AddSingleton(source)
                .AddDbContext<ShelvesContext>(options =>
                {
                    options.UseNpgsql(source);
                    Interlocked.Increment(ref _attempts);
                })
                .AddSingleton<IHostedLifecycleService, MigrationStep<ShelvesContext>>()
                .BuildServiceProvider();
        }

        /// <summary>How often migrating was begun.</summary>
        public int Attempts => Volatile.Read(ref _attempts);

        public Task MigrateAsync() => _services.GetRequiredService<IHostedLifecycleService>().StartingAsync(Cancellation);

        public ValueTask DisposeAsync() => _services.DisposeAsync();
    }

    private sealed class ShelvesContext(DbContextOptions<ShelvesContext> options) : DbContext(options);

    [DbContext(typeof(ShelvesContext))]
    [Migration("20260101000000_Shelves")]
    private sealed class Shelves : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("create table shelves (id int)");
    }
}
