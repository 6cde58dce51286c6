using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Orchestration;

namespace Chat.Hosting;

public static class PostgresBuilderExtensions
{
    /// <summary>A PostgreSQL server; the password is generated and kept unless given.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null) =>
        builder.AddServer(new PostgresServerResource(name, userName?.Resource, builder.PasswordOf(name, password)), port, 5432);

    /// <summary>A database of the server, created at the start if it is missing.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = builder.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource));
        return database.WithHealthCheck(ServerResources.AddHealthCheck(builder.ApplicationBuilder, database.Resource));
    }

    /// <summary>Keeps the data between runs.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithVolume(name, "/var/lib/postgresql/data", isReadOnly);
}

public static class RedisBuilderExtensions
{
    /// <summary>A Redis server; the password is generated and kept unless given.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port) => builder.AddRedis(name, port, null);

    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null) =>
        builder.AddServer(new RedisResource(name, builder.PasswordOf(name, password)), port, 6379);

    /// <summary>Keeps the data between runs.</summary>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithVolume(name, "/data", isReadOnly);
}

public static class RabbitMQBuilderExtensions
{
    /// <summary>A RabbitMQ broker; the password is generated and kept unless given.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null) =>
        builder.AddServer(new RabbitMQServerResource(name, userName?.Resource, builder.PasswordOf(name, password)), port, 5672);

    /// <summary>Keeps the data between runs.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(this IResourceBuilder<RabbitMQServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithVolume(name, "/var/lib/rabbitmq", isReadOnly);
}

internal static class ServerBuilding
{
    public static IResourceBuilder<T> AddServer<T>(this IDistributedApplicationBuilder builder, T server, int? port, int targetPort) where T : ContainerResource, IResourceWithConnectionString =>
        builder.AddResource(server).WithEndpoint(port, targetPort, "tcp").WithHealthCheck(ServerResources.AddHealthCheck(builder, server));

    public static ParameterResource PasswordOf(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? given) =>
        given?.Resource ?? ParameterResourceBuilderExtensions.CreatePassword(builder, $"{name}-password");
}
