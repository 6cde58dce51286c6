using Chat.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>PostgreSQL, under the names of Aspire.Npgsql.EntityFrameworkCore.PostgreSQL.</summary>
public static class PostgresExtensions
{
    /// <summary>
    /// Registers a pooled <typeparamref name="TContext"/> and the <see cref="NpgsqlDataSource"/> beneath it on <c>ConnectionStrings:&lt;connectionName&gt;</c>, with a
    /// health check. At most 25 connections; 5 s to connect, 15 s a command, plans for memory and solid state, unless the connection string says otherwise.
    /// </summary>
    /// <param name="settings">Further settings of every session, as <c>-c name=value</c>.</param>
    public static void AddNpgsqlDbContext<TContext>(this IHostApplicationBuilder builder, string connectionName, string settings = "") where TContext : DbContext
    {
        var text = builder.Configuration.GetConnectionString(connectionName)
            ?? throw new InvalidOperationException($"ConnectionStrings:{connectionName} is not configured.");
        builder.Services.AddSingleton(services => CreateDataSource(text, settings, builder.Environment.ApplicationName, services));
        builder.Services.AddDbContextPool<TContext>((services, options) => options.UseNpgsql(services.GetRequiredService<NpgsqlDataSource>()), poolSize: 64);
        builder.Services.AddHealthChecks().AddCheck<PostgresHealthCheck>(connectionName, timeout: TimeSpan.FromSeconds(3));
    }

    /// <summary>
    /// Applies the context's migrations before the server listens. Replicas wait for one another by an advisory lock; while PostgreSQL is away it keeps trying.
    /// </summary>
    public static void AddMigrations<TContext>(this IHostApplicationBuilder builder) where TContext : DbContext =>
        builder.Services.AddHostedService<MigrationStep<TContext>>();

    private static NpgsqlDataSource CreateDataSource(string text, string settings, string application, IServiceProvider services)
    {
        var defaults = new NpgsqlConnectionStringBuilder
        {
            MaxPoolSize = 25,
            Timeout = 5,
            CommandTimeout = 15,
            MaxAutoPrepare = 30,
            ApplicationName = application,
            GssEncryptionMode = GssEncryptionMode.Disable,
            // The default, 4, is of turning disks: with it the planner reads whole tables where an index has the answer in a tenth of the time (docs/performance.md).
            Options = $"-c random_page_cost=1.1 {settings}".TrimEnd(),
        };
        foreach (var (key, value) in new NpgsqlConnectionStringBuilder(text))
        {
            defaults[key] = value;
        }

        var source = new NpgsqlDataSourceBuilder(defaults.ConnectionString);
        source.UseLoggerFactory(services.GetService<Logging.ILoggerFactory>());
        // SQL outside any request or event is the polling of background work: a trace of its own each second helps nobody.
        source.ConfigureTracing(tracing => tracing.EnableFirstResponseEvent(false).ConfigureCommandFilter(_ => System.Diagnostics.Activity.Current is not null));
        return source.Build();
    }
}
