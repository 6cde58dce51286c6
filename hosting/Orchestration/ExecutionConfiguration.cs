using System.Globalization;
using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Chat.Hosting.Orchestration;

/// <summary>Works out the environment and the arguments of one replica.</summary>
internal sealed class ExecutionConfiguration(DistributedApplicationExecutionContext executionContext)
{
    /// <summary>What tells a process where its telemetry goes. Without a configured endpoint it goes nowhere.</summary>
    public static void AddTelemetry(EnvironmentCallbackContext context, IConfiguration configuration)
    {
        var name = context.Resource.Name;
        context.EnvironmentVariables["OTEL_SERVICE_NAME"] = name;
        context.EnvironmentVariables["OTEL_RESOURCE_ATTRIBUTES"] = new InstanceAttribute(name);
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 } endpoint)
            return;
        context.EnvironmentVariables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        context.EnvironmentVariables["OTEL_EXPORTER_OTLP_PROTOCOL"] = configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "http/protobuf";
        if (configuration["OTEL_EXPORTER_OTLP_HEADERS"] is { Length: > 0 } headers)
            context.EnvironmentVariables["OTEL_EXPORTER_OTLP_HEADERS"] = headers;
    }

    public async Task<Dictionary<string, string>> EnvironmentAsync(IResource resource, int replica, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, [], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(context).ConfigureAwait(false);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await ResolveAsync(resource, replica, value, cancellationToken).ConfigureAwait(false) is { } text)
                environment[name] = text;
        }
        return environment;
    }

    public async Task<List<string>> ArgumentsAsync(IResource resource, int replica, CancellationToken cancellationToken)
    {
        List<object> values = [];
        var context = new CommandLineArgsCallbackContext(values, resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(context).ConfigureAwait(false);
        List<string> arguments = [];
        foreach (var value in values)
        {
            if (await ResolveAsync(resource, replica, value, cancellationToken).ConfigureAwait(false) is { } text)
                arguments.Add(text);
        }
        return arguments;
    }

    private async ValueTask<string?> ResolveAsync(IResource resource, int replica, object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(Context(resource, replica), cancellationToken).ConfigureAwait(false),
        IValueProvider provider => await provider.GetValueAsync(Context(resource, replica), cancellationToken).ConfigureAwait(false),
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private ValueProviderContext Context(IResource resource, int replica) => new() { ExecutionContext = executionContext, Caller = resource, Replica = replica };

    private sealed class InstanceAttribute(string name) : IValueProvider
    {
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>($"service.instance.id={name}");

        public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<string?>($"service.instance.id={(context.Caller is { } caller ? ResourceNotificationService.InstanceId(caller, context.Replica) : name)}");
    }
}
