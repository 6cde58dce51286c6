using System.Reflection;
using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.Hosting;

/// <summary>The builder behind <see cref="DistributedApplication.CreateBuilder(string[])"/>.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly AppHostInterception? _interception;

    public DistributedApplicationBuilder(DistributedApplicationOptions options, AppHostInterception? interception)
    {
        ArgumentNullException.ThrowIfNull(options);
        _interception = interception;
        AppHostAssembly = interception?.AppHostAssembly ?? (options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly());
        AppHostDirectory = options.ProjectDirectory ?? ProjectDirectory(AppHostAssembly) ?? Directory.GetCurrentDirectory();

        // Files are read once: a watcher per settings file is of no use to a process that does not act on changes.
        var initial = new ConfigurationManager();
        initial.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = [.. interception?.Arguments ?? [], .. options.Args ?? []],
            ContentRootPath = AppHostDirectory,
            ApplicationName = AppHostAssembly?.GetName().Name,
            EnvironmentName = interception is null ? null : System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Development,
            Configuration = initial,
        });
        ExecutionContext = new DistributedApplicationExecutionContext(
            _host.Configuration["operation"] == "publish" || !string.IsNullOrEmpty(_host.Configuration["publisher"]) ? DistributedApplicationOperation.Publish : DistributedApplicationOperation.Run);

        _host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        _host.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Orchestrator.StopLimit + TimeSpan.FromSeconds(5));
        _host.Services.AddHealthChecks();
        _host.Services.AddSingleton(interception is null ? AppHostState.OfCheckout(AppHostDirectory) : AppHostState.Temporary());
        _host.Services.AddSingleton(new RunOptions(
            IsTest: interception is not null,
            RandomizePorts: _host.Configuration.GetValue("DcpPublisher:RandomizePorts", defaultValue: interception is not null)));
        _host.Services.AddSingleton(ExecutionContext);
        _host.Services.AddSingleton(new ResourceNotificationService());
        interception?.Created(this);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.FirstOrDefault(r => r.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)) is { } existing)
            throw new DistributedApplicationException($"Cannot add resource of type '{resource.GetType()}' with name '{resource.Name}' because resource of type '{existing.GetType()}' with that name already exists. Resource names are case-insensitive.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new DistributedApplicationResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        // A test gets the complete model here, changes it, and lets the build go on.
        _interception?.Building(this);
        foreach (var resource in Resources.OfType<IResourceWithConnectionString>())
        {
            if (resource is PostgresServerResource or PostgresDatabaseResource or RedisResource or RabbitMQServerResource
                && Configuration.GetConnectionString(resource.Name) is { Length: > 0 } supplied)
                resource.Annotations.Add(new ConnectionStringRedirectAnnotation(new ConnectionStringResource(resource.Name, ReferenceExpression.Create($"{supplied}"))));
        }
        _host.Services.AddSingleton(new DistributedApplicationModel(Resources));
        _host.Services.TryAddSingleton(TimeProvider.System);
        _host.Services.AddSingleton<ResourceConsole>();
        _host.Services.AddSingleton<ExecutionConfiguration>();
        _host.Services.AddSingleton<ProjectOutputs>();
        _host.Services.AddSingleton<ServerResources>();
        _host.Services.AddSingleton<HealthMonitor>();
        _host.Services.AddSingleton<Orchestrator>();
        _host.Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
        var application = new DistributedApplication(_host.Build(), _interception);
        _interception?.Built(application);
        return application;
    }

    private static string? ProjectDirectory(Assembly? assembly) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "apphostprojectpath")?.Value is { } directory && Directory.Exists(directory) ? directory : null;
}

/// <summary>What a test run does otherwise.</summary>
internal sealed record RunOptions(bool IsTest, bool RandomizePorts);
