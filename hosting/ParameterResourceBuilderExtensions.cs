using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;

namespace Chat.Hosting;

/// <summary>Values and connection strings that come from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A parameter from configuration key <c>Parameters:name</c> (in the environment <c>Parameters__name</c>, hyphens as underscores if need be).</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddParameter(name, secret, null);

    /// <summary>A parameter with a fixed default.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false) =>
        publishValueAsDefault && secret
            ? throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret))
            : builder.AddResource(new ParameterResource(name, _ => Configured(builder, name) ?? valueGetter(), secret));

    /// <summary>A parameter with a default, generated perhaps; persisted, the same value comes again at the next run.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false) =>
        builder.AddParameter(name, secret, persist ? Kept(builder, name, value) : value);

    /// <summary>A connection string from configuration key <c>ConnectionStrings:name</c>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        builder.AddResource(new ConfiguredConnectionString(name, environmentVariableName,
            () => builder.Configuration.GetConnectionString(name) ?? throw Missing(name, $"ConnectionStrings:{name}")));

    /// <summary>A generated password that is kept between runs; it is not a resource of its own.</summary>
    internal static ParameterResource CreatePassword(IDistributedApplicationBuilder builder, string name) => Create(builder, name, secret: true, Kept(builder, name, new GenerateParameterDefault { Special = false }));

    private static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret, ParameterDefault? value) =>
        builder.AddResource(Create(builder, name, secret, value));

    private static ParameterResource Create(IDistributedApplicationBuilder builder, string name, bool secret, ParameterDefault? value) =>
        new(name, standard => Configured(builder, name) ?? standard?.GetDefaultValue() ?? throw Missing(name, $"Parameters:{name}"), secret) { Default = value };

    private static ParameterDefault Kept(IDistributedApplicationBuilder builder, string name, ParameterDefault value) =>
        builder.ExecutionContext.IsRunMode ? new PersistedParameterDefault(builder.State(), name, value) : value;

    private static string? Configured(IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];

    private static MissingParameterValueException Missing(string name, string key) =>
        new($"'{name}' has no value: set the configuration key '{key}', for example by the environment variable {key.Replace(":", "__").Replace('-', '_')}.");

    private sealed class PersistedParameterDefault(AppHostState state, string name, ParameterDefault value) : ParameterDefault
    {
        public override string GetDefaultValue() => state.GetOrAddSecret(name, value.GetDefaultValue);
    }

    private sealed class ConfiguredConnectionString(string name, string? environmentVariableName, Func<string> value)
        : ParameterResource(name, _ => value(), secret: true), IResourceWithConnectionString
    {
        public string? ConnectionStringEnvironmentVariable => environmentVariableName;

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{new Value(this)}");

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

        ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

        string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

        // Not the resource itself: as a connection string resource it would ask its own expression again.
        private sealed class Value(ParameterResource parameter) : IValueProvider, IManifestExpressionProvider
        {
            public string ValueExpression => parameter.ValueExpression;

            public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => parameter.GetValueAsync(cancellationToken);
        }
    }
}

public static class ConnectionStringBuilderExtensions
{
    /// <summary>A connection string put together from other values.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));
}
