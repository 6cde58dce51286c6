using System.Collections.Concurrent;
using System.Net.Sockets;
using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Chat.Hosting.Orchestration;

/// <summary>PostgreSQL, Redis and RabbitMQ as resources: prepared, checked, and filled with databases.</summary>
internal sealed class ServerResources(AppHostState state, ResourceConsole console) : IDisposable
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<IResource, LocalServer> _servers = new();
    private readonly ConcurrentDictionary<PostgresDatabaseResource, bool> _created = new();

    public static bool IsServer(IResource resource) => resource is PostgresServerResource or RedisResource or RabbitMQServerResource;

    /// <summary>Registers the health check of a server or a database and returns its key.</summary>
    public static string AddHealthCheck(IDistributedApplicationBuilder builder, IResourceWithConnectionString resource)
    {
        var key = $"{resource.Name}_check";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, services => new Check(services.GetRequiredService<ServerResources>(), resource), HealthStatus.Unhealthy, tags: null));
        return key;
    }

    /// <summary>Obtains the server and its data; its processes are still to be started.</summary>
    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public async Task<LocalServer> PrepareAsync(IResource resource, CancellationToken cancellationToken)
    {
        var doing = $"preparing {resource.Name}";
        var (endpoint, userName, password) = resource switch
        {
            PostgresServerResource postgres => (postgres.PrimaryEndpoint, postgres.UserNameReference, postgres.PasswordParameter),
            RabbitMQServerResource rabbitmq => (rabbitmq.PrimaryEndpoint, rabbitmq.UserNameReference, rabbitmq.PasswordParameter),
            RedisResource redis => (redis.PrimaryEndpoint, ReferenceExpression.Create($"default"), redis.PasswordParameter),
            _ => throw new ArgumentOutOfRangeException(nameof(resource)),
        };
        var persistent = !state.IsTemporary && resource.Annotations.OfType<ContainerMountAnnotation>().Any(m => m.Type == ContainerMountType.Volume);
        var request = new ServerRequest(
            resource.Name,
            state.DataDirectory(resource.Name, persistent),
            persistent,
            endpoint.Port,
            await userName.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? "",
            password is null ? "" : await password.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? "",
            new Progress(step => console.Say($"{doing = $"preparing {resource.Name}: {step}"} …")));
        LocalServer server = resource switch
        {
            PostgresServerResource => await console.WhileAsync(() => doing, LocalServers.PreparePostgresAsync(request, cancellationToken)).ConfigureAwait(false),
            RabbitMQServerResource => await console.WhileAsync(() => doing, LocalServers.PrepareRabbitMqAsync(request, cancellationToken)).ConfigureAwait(false),
            _ => await console.WhileAsync(() => doing, LocalServers.PrepareRedisAsync(request, cancellationToken)).ConfigureAwait(false),
        };
        console.Say($"{resource.Name} comes from {server.Origin}");
        _servers[resource] = server;
        return server;
    }

    /// <summary>Deletes the data that was not to be kept and is not in the state's folder, which goes as a whole.</summary>
    public void Dispose()
    {
        foreach (var server in _servers.Values)
            server.ThrowAway?.Dispose();
        _servers.Clear();
    }

    private async Task<bool> IsReadyAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        if (resource is PostgresDatabaseResource database)
            return await IsCreatedAsync(database, cancellationToken).ConfigureAwait(false);
        if (_servers.TryGetValue(resource, out var server))
            return await server.IsReadyAsync(cancellationToken).ConfigureAwait(false);
        var supplied = await resource.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false) ?? "";
        return await (resource switch
        {
            PostgresServerResource => AnswersAsync(supplied, cancellationToken),
            RabbitMQServerResource => SuppliedServer.RabbitMqAnswersAsync(supplied, cancellationToken),
            _ => SuppliedServer.RedisAnswersAsync(supplied, cancellationToken),
        }).ConfigureAwait(false);
    }

    private async Task<bool> IsCreatedAsync(PostgresDatabaseResource database, CancellationToken cancellationToken)
    {
        if (database.Redirected() is null && !_created.ContainsKey(database))
        {
            var server = await ((IResourceWithConnectionString)database.Parent).GetConnectionStringAsync(cancellationToken).ConfigureAwait(false) ?? "";
            if (_servers.TryGetValue(database.Parent, out var local) && !await local.IsReadyAsync(cancellationToken).ConfigureAwait(false))
                return false;
            await PostgresServer.CreateDatabaseAsync(server, database.DatabaseName, cancellationToken).ConfigureAwait(false);
            _created[database] = true;
        }
        return await AnswersAsync(await ((IResourceWithConnectionString)database).GetConnectionStringAsync(cancellationToken).ConfigureAwait(false) ?? "", cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> AnswersAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = (int)CheckTimeout.TotalSeconds, GssEncryptionMode = GssEncryptionMode.Disable }.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private sealed class Progress(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }

    private sealed class Check(ServerResources servers, IResourceWithConnectionString resource) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                return await servers.IsReadyAsync(resource, cancellationToken).ConfigureAwait(false) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{resource.Name} does not answer, or not to these credentials.");
            }
            catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException or InvalidOperationException or ArgumentException or UriFormatException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                return HealthCheckResult.Unhealthy($"{resource.Name} does not answer: {exception.Message}", exception);
            }
        }
    }
}
