using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Chat.AppHost.Tests;

/// <summary>The whole system, started once by its own AppHost with two replicas of servers, messaging and realtime, on throw-away data.</summary>
public sealed class RunningSystem : IAsyncLifetime
{
    /// <summary>It takes a quarter of a minute on two idle cores. Servers may have to be downloaded first, and what got stuck is ended and started anew after a minute and a half.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(8);

    private static readonly TimeSpan RestartLimit = TimeSpan.FromMinutes(1);

    private const string AdminEmail = "administrator@example.org";

    private readonly SemaphoreSlim _admin = new(1, 1);
    private DistributedApplication? _app;
    private bool _adminExists;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("Not started.");

    /// <summary>Where people come in.</summary>
    public Uri Gateway { get; private set; } = new("http://localhost");

    /// <summary>The spans that every service exported.</summary>
    public TraceCollector Traces { get; } = new();

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await Traces.StartAsync(limit.Token);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Chat_AppHost>([$"OTEL_EXPORTER_OTLP_ENDPOINT={Traces.Address}"], limit.Token);
        builder.CreateResourceBuilder<ProjectResource>("servers").WithReplicas(2);
        builder.CreateResourceBuilder<ProjectResource>("messaging").WithReplicas(2).WithEnvironment("Limits__Enabled", "false");
        builder.CreateResourceBuilder<ProjectResource>("realtime").WithReplicas(2);
        builder.CreateResourceBuilder<ProjectResource>("identity").WithEnvironment("Admin__Email", AdminEmail);
        using var lines = new LastLines();
        builder.Services.AddLogging(logging => logging.AddProvider(lines).AddFilter<LastLines>(null, LogLevel.Debug));
        _app = await builder.BuildAsync(limit.Token);
        await _app.StartAsync(limit.Token);
        try
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync("gateway", limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"Not everything was healthy after {StartLimit}: {await StatesAsync(_app)}.\n{lines}");
        }

        Gateway = _app.GetEndpoint("gateway", "http");
    }

    private static async Task<string> StatesAsync(DistributedApplication app)
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var states = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in app.ResourceNotifications.WatchAsync(now.Token))
            {
                var problems = change.Snapshot.HealthReports.Where(report => report.Status != HealthStatus.Healthy).Select(report => report.Description);
                states[change.ResourceId] = $"{change.ResourceId} {change.Snapshot.State?.Text} {change.Snapshot.HealthStatus} {string.Join("; ", problems)}";
            }
        }
        catch (OperationCanceledException)
        {
            // All that is known was told at once.
        }

        return string.Join(", ", states.Values);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        await Traces.DisposeAsync();
    }

    /// <summary>Registers somebody and signs in through the gateway.</summary>
    public async Task<ChatClient> SignUpAsync(string name, ChatClientOptions? options = null)
    {
        var client = new ChatClient(Gateway, options);
        var username = $"{name}_{Guid.NewGuid():n}"[..(name.Length + 13)];
        const string password = "correct horse battery staple";
        await client.RegisterAsync($"{username}@example.org", username, password, name, TestContext.Current.CancellationToken);
        await client.VerifyEmailAsync(await DevMail.TokenAsync(Gateway, $"{username}@example.org", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await client.LoginAsync(username, password, cancel: TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>The platform's administrator, in a browser of their own.</summary>
    internal async Task<Person> AdminAsync()
    {
        await _admin.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var admin = _adminExists ? await Person.SignInAsync(Gateway, "the_admin_of_tests") : await Person.SignUpAsync(Gateway, "the_admin_of_tests", AdminEmail);
            _adminExists = true;
            return admin;
        }
        finally
        {
            _admin.Release();
        }
    }

    /// <summary>A server with a channel in which nobody is greeted; the owner is the client.</summary>
    public static async Task<(ChatServer Server, Guid Channel)> CreateServerAsync(ChatClient owner)
    {
        var server = await owner.CreateServerAsync("A place", TestContext.Current.CancellationToken);
        return (server, (await owner.CreateChannelAsync(server.Id, "place", cancel: TestContext.Current.CancellationToken)).Id);
    }

    /// <summary>Lets somebody in by invite.</summary>
    public static async Task JoinAsync(ChatClient owner, ChatServer server, ChatClient guest)
    {
        var invite = await owner.CreateInviteAsync(server.Id, cancel: TestContext.Current.CancellationToken);
        await guest.AcceptInviteAsync(invite.Code, TestContext.Current.CancellationToken);
    }

    /// <summary>Every instance of a resource with its process id, once all of them run.</summary>
    public async Task<IReadOnlyList<(string Id, int Process)>> ProcessesAsync(string resource)
    {
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        using var limit = new CancellationTokenSource(RestartLimit);
        try
        {
            await foreach (var change in App.ResourceNotifications.WatchAsync(limit.Token))
            {
                if (change.Resource.Name == resource && ProcessOf(change.Snapshot) is { } process)
                {
                    found[change.ResourceId] = process;
                }

                if (found.Count > 0 && found.Count == ReplicasOf(change.Resource, resource, found.Count))
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Assert.Fail($"Not every instance of {resource} ran within {RestartLimit}; these did: {string.Join(", ", found.Keys)}.");
        }

        return [.. found.Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>The process id in a snapshot of a running instance, under the name that Aspire uses.</summary>
    public static int? ProcessOf(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text == KnownResourceStates.Running && snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } value
            ? Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    private static int ReplicasOf(IResource resource, string name, int otherwise) =>
        resource.Name == name && resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { } replicas ? replicas.Replicas : otherwise;
}

/// <summary>All tests of the whole system share it and run one after the other: some of them kill its parts.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SystemCollection : ICollectionFixture<RunningSystem>
{
    public const string Name = "system";
}
