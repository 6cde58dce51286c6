using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>
/// Obtains PostgreSQL, Redis and RabbitMQ: from a container runtime that answers, else from what is installed, else downloaded from the
/// distribution's packages into a folder of the user's, which needs no root.
/// </summary>
internal static class LocalServers
{
    /// <summary>The environment variable that fixes where servers come from: container, installed or download.</summary>
    public const string SourceVariable = "CHAT_SERVER_SOURCE";

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static Task<PostgresServer> PreparePostgresAsync(ServerRequest request, CancellationToken cancellationToken) => PrepareAsync(request,
        (runtime, spawner) => PostgresServer.FromContainerAsync(request, runtime, spawner, cancellationToken),
        (installation, spawner) => PostgresServer.FromInstallationAsync(request, installation, spawner, cancellationToken),
        download => download.GetAsync("PostgreSQL", async token => [await download.ResolveAsync("postgresql", token)], (_, _) => { }, cancellationToken),
        "PostgreSQL", "postgresql", "postgresql-server", "postgresql@17", cancellationToken);

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static async Task<LocalServer> PrepareRedisAsync(ServerRequest request, CancellationToken cancellationToken) => await PrepareAsync(request,
        (runtime, spawner) => RedisServer.FromContainerAsync(request, runtime, spawner, cancellationToken),
        (installation, _) => Task.FromResult(RedisServer.FromInstallation(request, installation)),
        // The program itself is in redis-tools, which a machine without the server may have installed.
        download => download.GetAsync("Redis", _ => Task.FromResult<IReadOnlyList<string>>(["redis-server", "redis-tools"]), (_, _) => { }, cancellationToken),
        "Redis", "redis-server", "redis", "redis", cancellationToken);

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static async Task<LocalServer> PrepareRabbitMqAsync(ServerRequest request, CancellationToken cancellationToken) => await PrepareAsync(request,
        (runtime, spawner) => RabbitMqServer.FromContainerAsync(request, runtime, spawner, cancellationToken),
        (installation, _) => RabbitMqServer.FromInstallationAsync(request, installation, cancellationToken),
        download => download.GetAsync("RabbitMQ", _ => Task.FromResult<IReadOnlyList<string>>(["rabbitmq-server"]), RabbitMqServer.Relocate, cancellationToken),
        "RabbitMQ", "rabbitmq-server", "rabbitmq-server", "rabbitmq", cancellationToken);

    private static async Task<T> PrepareAsync<T>(
        ServerRequest request,
        Func<ContainerRuntime, ProcessSpawner, Task<T?>> fromContainer,
        Func<Installation, ProcessSpawner, Task<T?>> fromInstallation,
        Func<PackageDownload, Task<string>> download,
        string product, string aptPackage, string dnfPackage, string brewPackage,
        CancellationToken cancellationToken)
        where T : LocalServer
    {
        await using var spawner = new ProcessSpawner(stateDirectory: null);
        var source = request.Source ?? FromEnvironment();

        if (source is null or ServerSource.Container
            && await ContainerRuntime.FindAsync(spawner, cancellationToken) is { } runtime
            && await fromContainer(runtime, spawner) is { } container)
            return container;

        ServerUnavailableException? failure = null;
        try
        {
            if (source is null or ServerSource.Installed && await fromInstallation(Installation.Machine, spawner) is { } installed)
                return installed;
        }
        catch (ServerUnavailableException exception) when (source is null)
        {
            // Installed, but of no use here, such as another version than the data is of.
            failure = exception;
        }

        try
        {
            if (source is null or ServerSource.Download && PackageDownload.IsPossible)
            {
                var folder = await download(new PackageDownload(spawner, request.CacheDirectory ?? ServerFolders.Cache, request.Progress));
                if (await fromInstallation(new Installation(folder), spawner) is { } downloaded)
                    return downloaded;
            }
        }
        catch (ServerUnavailableException exception)
        {
            failure ??= exception;
        }

        throw new ServerUnavailableException($"""
            {product} is needed for '{request.Name}' and was found neither as a container ({(source is null or ServerSource.Container ? "no Docker or Podman engine answers" : "not asked for")}) nor installed nor to download.
            Install it ({Advice(aptPackage, dnfPackage, brewPackage)}), start Docker or Podman, or give its connection string as ConnectionStrings__{request.Name}.
            {failure?.Message}
            """.TrimEnd(), failure);
    }

    private static ServerSource? FromEnvironment() => Environment.GetEnvironmentVariable(SourceVariable) switch
    {
        null or "" => null,
        "container" => ServerSource.Container,
        "installed" => ServerSource.Installed,
        "download" => ServerSource.Download,
        var other => throw new ServerUnavailableException($"{SourceVariable} is '{other}'; it can be container, installed or download."),
    };

    private static string Advice(string apt, string dnf, string brew) => true switch
    {
        _ when OperatingSystem.IsMacOS() => $"brew install {brew}",
        _ when Launch.Find("apt-get", null) is not null => $"sudo apt-get install {apt}",
        _ when Launch.Find("dnf", null) is not null => $"sudo dnf install {dnf}",
        _ => $"apt-get install {apt}, dnf install {dnf} or brew install {brew}",
    };
}
