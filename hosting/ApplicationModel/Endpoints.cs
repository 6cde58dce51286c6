using System.Globalization;
using System.Net.Sockets;

namespace Chat.Hosting.ApplicationModel;

/// <summary>A port of a resource, under a name that is unique within the resource.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    public EndpointAnnotation(ProtocolType protocol, string? uriScheme = null, string? transport = null, string? name = null, int? port = null, int? targetPort = null,
        bool? isExternal = null, bool isProxied = true)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? (protocol == ProtocolType.Udp ? "udp" : "tcp");
        Transport = transport ?? (UriScheme is "http" or "https" ? "http" : UriScheme);
        Name = name ?? UriScheme;
        Port = port;
        TargetPort = targetPort;
        IsExternal = isExternal ?? false;
        IsProxied = isProxied;
    }

    public string Name { get; set; }

    public ProtocolType Protocol { get; set; }

    public string UriScheme { get; set; }

    public string Transport { get; set; }

    /// <summary>The port others use; null for any free one.</summary>
    public int? Port { get; set; }

    /// <summary>The port the resource listens on; null for the same as <see cref="Port"/>.</summary>
    public int? TargetPort { get; set; }

    public bool IsExternal { get; set; }

    public bool IsProxied { get; set; }

    /// <summary>Where the first replica is reached; null until the application starts.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => Allocated.Count > 0 ? Allocated[0] : null;
        set => Allocated = value is null ? [] : [value];
    }

    internal IReadOnlyList<AllocatedEndpoint> Allocated { get; set; } = [];
}

/// <summary>Where an endpoint is reached.</summary>
public class AllocatedEndpoint
{
    internal AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
    {
        Endpoint = endpoint;
        Address = address;
        Port = port;
    }

    public EndpointAnnotation Endpoint { get; }

    public string Address { get; }

    public int Port { get; }

    public string UriScheme => Endpoint.UriScheme;

    public string EndPointString => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");

    public string UriString => $"{UriScheme}://{EndPointString}";

    public override string ToString() => UriString;
}

public enum EndpointProperty
{
    Url = 0,
    Host = 1,
    IPV4Host = 2,
    Port = 3,
    Scheme = 4,
    TargetPort = 5,
    HostAndPort = 6,
}

/// <summary>The endpoint of a resource, by name; its value is the URL.</summary>
public sealed class EndpointReference : IManifestExpressionProvider, IValueProvider
{
    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        Resource = owner;
        EndpointName = endpointName;
    }

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint) : this(owner, endpoint.Name)
    {
    }

    public IResourceWithEndpoints Resource { get; }

    public string EndpointName { get; }

    /// <summary>Which replica is meant; the first unless a reference lists them all.</summary>
    internal int Replica { get; init; }

    public EndpointAnnotation EndpointAnnotation => Find()
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' is not defined for the resource '{Resource.Name}'.");

    public bool Exists => Find() is not null;

    public bool IsAllocated => EndpointAnnotation.Allocated.Count > Replica;

    public bool IsHttp => Scheme.Equals("http", StringComparison.OrdinalIgnoreCase);

    public bool IsHttps => Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Host => Allocated(Replica).Address;

    public int Port => Allocated(Replica).Port;

    public int? TargetPort => EndpointAnnotation.TargetPort;

    public string Url => Allocated(Replica).UriString;

    string IManifestExpressionProvider.ValueExpression => Expression(EndpointProperty.Url);

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new ValueProviderContext(), cancellationToken);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>(Value(EndpointProperty.Url, context));

    internal string Expression(EndpointProperty property) =>
        $"{{{Resource.Name}.bindings.{EndpointName}.{(property == EndpointProperty.IPV4Host ? "host" : property.ToString().ToLowerInvariant())}}}";

    internal string Value(EndpointProperty property, ValueProviderContext context)
    {
        var at = Allocated(ReferenceEquals(context.Caller, Resource) ? context.Replica : Replica);
        return property switch
        {
            EndpointProperty.Url => at.UriString,
            EndpointProperty.Host => at.Address,
            EndpointProperty.IPV4Host => "127.0.0.1",
            EndpointProperty.Port => at.Port.ToString(CultureInfo.InvariantCulture),
            EndpointProperty.Scheme => at.UriScheme,
            EndpointProperty.TargetPort => (Resource is ContainerResource ? TargetPort ?? at.Port : at.Port).ToString(CultureInfo.InvariantCulture),
            EndpointProperty.HostAndPort => at.EndPointString,
            _ => throw new ArgumentOutOfRangeException(nameof(property)),
        };
    }

    private AllocatedEndpoint Allocated(int replica)
    {
        var allocated = EndpointAnnotation.Allocated;
        return allocated.Count > replica
            ? allocated[replica]
            : throw new InvalidOperationException($"The endpoint '{EndpointName}' is not allocated for the resource '{Resource.Name}'.");
    }

    private EndpointAnnotation? Find() =>
        Resource.Annotations.OfType<EndpointAnnotation>().SingleOrDefault(e => e.Name.Equals(EndpointName, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One property of an endpoint as a value.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property) : IManifestExpressionProvider, IValueProvider
{
    public EndpointReference Endpoint { get; } = endpointReference;

    public EndpointProperty Property { get; } = property;

    public string ValueExpression => Endpoint.Expression(Property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new ValueProviderContext(), cancellationToken);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>(Endpoint.Value(Property, context));
}
