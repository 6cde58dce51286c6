using System.Collections.Concurrent;
using System.ComponentModel;
using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Chat.Hosting.Orchestration;

/// <summary>Brings the resources up in the order of their waits, keeps them up, and takes them down in reverse.</summary>
internal sealed class Orchestrator(DistributedApplicationModel model, AppHostState state, RunOptions options, DistributedApplicationExecutionContext execution, ResourceNotificationService notifications,
    ResourceConsole console, ExecutionConfiguration configuration, ProjectOutputs outputs, ServerResources servers, HealthMonitor health, IHostApplicationLifetime lifetime) : IHostedService, IAsyncDisposable
{
    // Within 15 s everything has ended; what is kind takes 13 of them.
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(13);

    private readonly ConcurrentDictionary<IResource, List<SupervisedProcess>> _processes = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _background = [];
    private ProcessSpawner? _spawner;
    private readonly Lock _gate = new();
    private Task? _stop;
    private Task? _disposal;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (execution.IsPublishMode)
            return;
        state.Claim();
        try
        {
            foreach (var parameter in model.Resources.OfType<ParameterResource>())
                await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false);
            Ports.Allocate(model.Resources.Where(r => r.Redirected() is null), options.RandomizePorts);
            _spawner = new ProcessSpawner(state.ProcessDirectory);
            _spawner.ReapStale();
            state.StartSession();
            if (model.Resources.OfType<ContainerResource>().FirstOrDefault(r => !ServerResources.IsServer(r)) is { } container)
                ContainerRuntime = await Containers.FindRuntimeAsync(container.Name, _spawner, cancellationToken).ConfigureAwait(false);
        }
        catch (DistributedApplicationException)
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
        foreach (var resource in model.Resources)
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.NotStarted, HealthReports = HealthMonitor.Unknown(resource), Urls = Urls.Of(resource) }).ConfigureAwait(false);
        foreach (var resource in model.Resources)
        {
            _background.Add(RunAsync(resource, _spawner));
            _background.Add(UntilStoppedAsync(health.RunAsync(resource, _stopping.Token)));
        }
        _background.Add(UntilStoppedAsync(AnnounceAsync()));
        _background.Add(Task.Run(() => AppHostState.Reap(problem => console.Say(problem, isError: true), _stopping.Token), CancellationToken.None));
    }

    private string ContainerRuntime { get; set; } = "";

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _stop ??= _spawner is null ? Task.CompletedTask : StopAllAsync(cancellationToken);
    }

    // The container disposes of a hosted service twice: as itself and as what it was registered for.
    public ValueTask DisposeAsync()
    {
        lock (_gate)
            return new ValueTask(_disposal ??= DisposeAllAsync());
    }

    private async Task StopAllAsync(CancellationToken cancellationToken)
    {
        console.Say("stopping …");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_background).ConfigureAwait(false);
        await StopOrder.RunAsync(StopOrder.Dependents(model.Resources), resource => StopAsync(resource, limit.Token)).ConfigureAwait(false);
    }

    private async Task DisposeAllAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        if (_spawner is not null)
            await _spawner.DisposeAsync().ConfigureAwait(false);
        await console.DisposeAsync().ConfigureAwait(false);
        state.Dispose();
    }

    private async Task RunAsync(IResource resource, ProcessSpawner spawner)
    {
        try
        {
            if (resource.HasAnnotationOfType<WaitAnnotation>())
            {
                await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);
                await console.WhileAsync(() => $"{resource.Name} is waiting for {string.Join(", ", Awaited(resource))}", DoneAsync(notifications.WaitForDependenciesAsync(resource, _stopping.Token))).ConfigureAwait(false);
            }
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Starting, StartTimeStamp = DateTime.UtcNow }).ConfigureAwait(false);
            await StartAsync(resource, spawner).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Exited }).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whatever goes wrong, in a callback of the AppHost too, concerns this resource and those that wait for it.
            console.Say($"{resource.Name} cannot start: {(exception is DistributedApplicationException or ServerUnavailableException or IOException or Win32Exception ? exception.Message : exception.ToString())}", isError: true);
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.FailedToStart }).ConfigureAwait(false);
            if (exception is ServerUnavailableException && !options.IsTest)
            {
                Environment.ExitCode = 1;
                lifetime.StopApplication();
            }
        }
    }

    private async Task StartAsync(IResource resource, ProcessSpawner spawner)
    {
        if (resource is ParameterResource or ConnectionStringResource || resource.Redirected() is not null)
        {
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Running }).ConfigureAwait(false);
            health.Wake(resource);
        }
        else if (resource is IResourceWithParent child)
        {
            await notifications.WaitForResourceAsync(child.Parent.Name, KnownResourceStates.Running, _stopping.Token).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Running }).ConfigureAwait(false);
            health.Wake(resource);
        }
        else if (ServerResources.IsServer(resource))
        {
            var server = await servers.PrepareAsync(resource, _stopping.Token).ConfigureAwait(false);
            foreach (var spec in server.Processes)
                await StartAsync(resource, 0, spec, spawner, isMain: ReferenceEquals(spec, server.Processes[^1])).ConfigureAwait(false);
        }
        else if (resource is IComputeResource)
        {
            for (var replica = 0; replica < resource.GetReplicaCount(); replica++)
                await StartAsync(resource, replica, await SpecAsync(resource, replica, spawner).ConfigureAwait(false), spawner, isMain: true).ConfigureAwait(false);
        }
    }

    private async Task<ProcessSpec> SpecAsync(IResource resource, int replica, ProcessSpawner spawner)
    {
        var environment = await configuration.EnvironmentAsync(resource, replica, _stopping.Token).ConfigureAwait(false);
        var arguments = await configuration.ArgumentsAsync(resource, replica, _stopping.Token).ConfigureAwait(false);
        var name = ResourceNotificationService.InstanceId(resource, replica);
        switch (resource)
        {
            case ProjectResource project:
                var assembly = await outputs.AssemblyAsync(project, spawner, _stopping.Token).ConfigureAwait(false);
                var directory = Path.GetDirectoryName(ProjectOutputs.ProjectPath(project));
                return new ProcessSpec { Name = name, FileName = ProjectOutputs.Dotnet, Arguments = [assembly, .. arguments], WorkingDirectory = directory, Environment = environment };
            case ExecutableResource executable:
                return new ProcessSpec { Name = name, FileName = executable.Command, Arguments = arguments, WorkingDirectory = executable.WorkingDirectory, Environment = environment };
            case ContainerResource container:
                var prefix = "chat-" + Path.GetFileName(state.Root);
                return Containers.Run(ContainerRuntime, container, $"{prefix}-{name}", environment, arguments, prefix);
            default:
                throw new DistributedApplicationException($"The local engine does not know how to run resource '{resource.Name}' ({resource.GetType().Name}).");
        }
    }

    private async Task StartAsync(IResource resource, int replica, ProcessSpec spec, ProcessSpawner spawner, bool isMain)
    {
        var id = ResourceNotificationService.InstanceId(resource, replica);
        // Servers write their ordinary log to standard error.
        var errorsMatter = !ServerResources.IsServer(resource);
        var process = new SupervisedProcess(spawner, spec, code => RestartsAfter(resource, code), console, (line, isError) => console.Write(id, line, isError && errorsMatter), change =>
        {
            if (isMain)
                Publish(resource, id, change);
        });
        _processes.GetOrAdd(resource, _ => []).Add(process);
        await process.StartAsync(_stopping.Token).ConfigureAwait(false);
    }

    // Something with an endpoint is meant to stay; something else that ended well is done; an exit code somebody waits for is an answer.
    private bool RestartsAfter(IResource resource, int exitCode) =>
        !model.Resources.Any(r => r.Annotations.OfType<WaitAnnotation>().Any(w => w.WaitType == WaitType.WaitForCompletion && ReferenceEquals(w.Resource, resource)))
        && (exitCode != 0 || resource.HasAnnotationOfType<EndpointAnnotation>());

    private void Publish(IResource resource, string id, ProcessChange change)
    {
        notifications.Publish(resource, id, s => change.ExitCode is { } code
            ? s with { State = code == 0 ? KnownResourceStates.Finished : KnownResourceStates.Exited, ExitCode = code, StopTimeStamp = DateTime.UtcNow, WillRestart = change.WillRestart }
            : s with { State = KnownResourceStates.Running, ExitCode = null, StartTimeStamp = DateTime.UtcNow, WillRestart = false, HealthReports = HealthMonitor.Unknown(resource), Properties = [new("executable.pid", change.ProcessId)] });
        health.Wake(resource);
    }

    private async Task StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (!_processes.TryGetValue(resource, out var processes))
            return;
        await notifications.PublishUpdateAsync(resource, s => KnownResourceStates.TerminalStates.Contains(s.State?.Text ?? "") ? s : s with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
        if (ServerResources.IsServer(resource))
        {
            foreach (var process in Enumerable.Reverse(processes))
                await process.StopAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await Task.WhenAll(processes.Select(p => p.StopAsync(cancellationToken))).ConfigureAwait(false);
        }
        processes.ForEach(p => p.Dispose());
    }

    private IEnumerable<string> Awaited(IResource resource) => resource.Annotations.OfType<WaitAnnotation>()
        .Where(w => ResourceNotificationService.InstanceIds(w.Resource).Any(id => !notifications.TryGetCurrentState(id, out var now) || now.Snapshot.HealthStatus != HealthStatus.Healthy))
        .Select(w => w.Resource.Name).Distinct();

    private async Task AnnounceAsync()
    {
        var lasting = model.Resources.Where(r => r.HasAnnotationOfType<EndpointAnnotation>());
        await Task.WhenAll(lasting.SelectMany(ResourceNotificationService.InstanceIds).Select(id => notifications.WaitForResourceAsync(id, e => e.ResourceId == id && e.Snapshot.HealthStatus == HealthStatus.Healthy, _stopping.Token))).ConfigureAwait(false);
        foreach (var line in Urls.Lines(model.Resources))
            console.Say(line);
        console.Say("Press Ctrl+C to stop");
    }

    private async Task UntilStoppedAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
