using System.Net.Sockets;
using System.Text.RegularExpressions;
using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds an endpoint.</summary>
    /// <param name="port">The port others use; any free one when null.</param>
    /// <param name="targetPort">The port the resource itself listens on, for containers.</param>
    /// <param name="env">A variable that tells the resource its port.</param>
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null,
        bool isProxied = true, bool? isExternal = null, ProtocolType? protocol = null) where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(protocol ?? ProtocolType.Tcp, scheme, null, name, port, targetPort, isExternal, isProxied);
        if (builder.Resource.GetEndpoint(endpoint.Name).Exists)
            throw new DistributedApplicationException($"Endpoint with name '{endpoint.Name}' already exists. Endpoint name may not have been explicitly specified and was derived automatically from scheme argument (e.g. 'http', 'https', or 'tcp'). Multiple calls to WithEndpoint (and related methods) may result in a conflict if name argument is not specified. Each endpoint must have a unique name.");
        builder.WithAnnotation(endpoint);
        if (env is not null && builder is IResourceBuilder<IResourceWithEnvironment> withEnvironment)
            withEnvironment.WithEnvironment(env, new EndpointReference(builder.Resource, endpoint).Property(EndpointProperty.TargetPort));
        return builder;
    }

    /// <summary>Changes an endpoint, adding it if need be.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true) where T : IResourceWithEndpoints
    {
        var reference = builder.GetEndpoint(endpointName);
        if (!reference.Exists && !createIfNotExists)
            return builder;
        if (!reference.Exists)
            builder.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, name: endpointName));
        callback(reference.EndpointAnnotation);
        return builder;
    }

    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool isProxied = true)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    /// <summary>Marks the HTTP endpoints as reachable from outside the deployment; their addresses are printed.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => builder.Resource.GetEndpoint(name);

    /// <summary>Changes the address shown for an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback) where T : IResource =>
        builder.WithAnnotation(new UrlForEndpointAnnotation(endpointName, callback));

    /// <summary>Gives the resource the connection string of the source in <c>ConnectionStrings__name</c>, and its parts in <c>NAME_HOST</c> and so on.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null, bool optional = false) where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource;
        connectionName ??= resource.Name;
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            context.EnvironmentVariables[resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName}"] = new ConnectionStringReference(resource, optional);
            foreach (var (key, value) in resource.GetConnectionProperties())
                context.EnvironmentVariables[$"{VariableName(connectionName)}_{key.ToUpperInvariant()}"] = value;
        });
    }

    /// <summary>Gives the resource every endpoint of the source, one entry per replica: <c>services__name__http__0</c>, <c>services__name__http__1</c>, and <c>NAME_HTTP</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.Discover(source.Resource, null, source.Resource.Name, source.Resource.Name.ToUpperInvariant());

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source, string name)
        where TDestination : IResourceWithEnvironment => builder.Discover(source.Resource, null, name, name);

    /// <summary>Gives the resource one endpoint.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment =>
        builder.Discover(endpointReference.Resource, endpointReference.EndpointName, endpointReference.Resource.Name, endpointReference.Resource.Name.ToUpperInvariant());

    /// <summary>Gives the resource the address of something outside the application.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, string name, Uri uri) where TDestination : IResourceWithEnvironment =>
        uri is not { IsAbsoluteUri: true, AbsolutePath: "/" }
            ? throw new InvalidOperationException("The URI for a service reference must be absolute and its path must be \"/\".")
            : builder.WithEnvironment($"services__{name}__default__0", uri.ToString());

    private static IResourceBuilder<TDestination> Discover<TDestination>(this IResourceBuilder<TDestination> builder, IResourceWithEndpoints source, string? endpointName, string name, string variable)
        where TDestination : IResourceWithEnvironment =>
        builder.WithReferenceRelationship(source).WithEnvironment(context =>
        {
            foreach (var endpoint in source.GetEndpoints().Where(e => endpointName is null || e.EndpointName.Equals(endpointName, StringComparison.OrdinalIgnoreCase)))
            {
                context.EnvironmentVariables[$"{VariableName(variable)}_{VariableName(endpoint.EndpointName)}"] = endpoint;
                var index = 0;
                for (var replica = 0; replica < source.GetReplicaCount(); replica++, index++)
                {
                    while (context.EnvironmentVariables.ContainsKey($"services__{name}__{endpoint.Scheme}__{index}"))
                        index++;
                    context.EnvironmentVariables[$"services__{name}__{endpoint.Scheme}__{index}"] = new EndpointReference(source, endpoint.EndpointName) { Replica = replica };
                }
            }
        });

    private static string VariableName(string name) => NotInVariable().Replace(name, "_").ToUpperInvariant();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotInVariable();
}
