using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Hosting.ApplicationModel;

/// <summary>Tells what state every resource is in, and waits for a state.</summary>
public class ResourceNotificationService : IDisposable
{
    // A watcher that does not read loses the oldest events; the current states are always to be had.
    private const int WatcherCapacity = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceEvent> _events = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Waiter> _waiters = [];
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly CancellationTokenSource _disposed = new();

    internal ResourceNotificationService()
    {
    }

    private sealed record Waiter(string Name, Func<ResourceEvent, bool> Predicate, TaskCompletionSource<ResourceEvent> Found);

    /// <summary>Changes the snapshot of a resource, of each instance if it has several.</summary>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var id in InstanceIds(resource))
            Publish(resource, id, stateFactory);
        return Task.CompletedTask;
    }

    /// <summary>The latest event of one instance.</summary>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_gate)
            return _events.TryGetValue(resourceId, out resourceEvent);
    }

    /// <summary>Waits until an instance is in the state, <see cref="KnownResourceStates.Running"/> if not said.</summary>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Waits until an instance is in one of the states, and says which.</summary>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        string[] states = [.. targetStates];
        var found = await WaitForResourceAsync(resourceName, e => e.Snapshot.State is { } s && states.Contains(s.Text, StringComparer.OrdinalIgnoreCase), cancellationToken).ConfigureAwait(false);
        return found.Snapshot.State?.Text ?? "";
    }

    /// <summary>Waits for an event of the resource, the current states included.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(resourceName, predicate, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (_events.Values.FirstOrDefault(e => IsNamed(e, resourceName) && predicate(e)) is { } current)
                return current;
            _waiters.Add(waiter);
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        try
        {
            return await waiter.Found.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _waiters.Remove(waiter);
        }
    }

    /// <summary>Waits until the resource runs and its health checks pass.</summary>
    /// <exception cref="DistributedApplicationException">It cannot get there by itself.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, WaitBehavior.StopOnResourceUnavailable, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var found = await WaitForResourceAsync(resourceName, e => e.Snapshot.HealthStatus == HealthStatus.Healthy
            || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && e.Snapshot.IsUnavailable), cancellationToken).ConfigureAwait(false);
        return found.Snapshot.HealthStatus == HealthStatus.Healthy
            ? found
            : throw new DistributedApplicationException($"Stopped waiting for resource '{resourceName}' to become healthy because it is {found.Snapshot.State?.Text}.");
    }

    /// <summary>Waits for everything the resource declared with <c>WaitFor</c>, <c>WaitForStart</c> and <c>WaitForCompletion</c>.</summary>
    /// <exception cref="DistributedApplicationException">A dependency cannot get there.</exception>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken) =>
        Task.WhenAll(resource.Annotations.OfType<WaitAnnotation>().Select(wait => WaitForAsync(resource, wait, cancellationToken)));

    /// <summary>The current state of every instance, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<ResourceEvent>(new BoundedChannelOptions(WatcherCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            foreach (var current in _events.Values)
                channel.Writer.TryWrite(current);
            _watchers.Add(channel);
        }
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
            await foreach (var change in channel.Reader.ReadAllAsync(either.Token).ConfigureAwait(false))
                yield return change;
        }
        finally
        {
            lock (_gate)
                _watchers.Remove(channel);
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        GC.SuppressFinalize(this);
    }

    internal static IReadOnlyList<string> InstanceIds(IResource resource) => resource.GetReplicaCount() is var count && count > 1
        ? [.. Enumerable.Range(0, count).Select(i => InstanceId(resource, i))]
        : [resource.Name];

    internal static string InstanceId(IResource resource, int replica) => resource.GetReplicaCount() > 1 ? $"{resource.Name}-{replica}" : resource.Name;

    internal void Publish(IResource resource, string id, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_gate)
        {
            var before = _events.TryGetValue(id, out var last) ? last.Snapshot : new CustomResourceSnapshot
            {
                ResourceType = resource.GetType().Name.Replace("Resource", ""),
                Properties = [],
                CreationTimeStamp = DateTime.UtcNow,
            };
            var now = new ResourceEvent(resource, id, change(before));
            _events[id] = now;
            foreach (var waiter in _waiters)
            {
                if (IsNamed(now, waiter.Name) && waiter.Predicate(now))
                    waiter.Found.TrySetResult(now);
            }
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(now);
        }
    }

    private async Task WaitForAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var stop = wait.WaitBehavior != WaitBehavior.WaitOnResourceUnavailable;
        var events = await Task.WhenAll(InstanceIds(wait.Resource).Select(id => WaitForResourceAsync(wait.Resource.Name, e =>
            e.ResourceId == id && (IsReached(wait, e.Snapshot) || (stop && e.Snapshot.IsUnavailable)), cancellationToken))).ConfigureAwait(false);
        if (events.FirstOrDefault(e => !IsReached(wait, e.Snapshot)) is { } failed)
            throw new DistributedApplicationException($"'{resource.Name}' waits for '{failed.ResourceId}', which is {failed.Snapshot.State?.Text}.");
        if (wait.WaitType == WaitType.WaitForCompletion && events.FirstOrDefault(e => e.Snapshot.ExitCode is { } code && code != wait.ExitCode) is { } other)
            throw new DistributedApplicationException($"'{resource.Name}' waits for '{other.ResourceId}', which ended with exit code {other.Snapshot.ExitCode}, not {wait.ExitCode}.");
    }

    private static bool IsReached(WaitAnnotation wait, CustomResourceSnapshot snapshot) => wait.WaitType switch
    {
        WaitType.WaitUntilHealthy => snapshot.HealthStatus == HealthStatus.Healthy,
        WaitType.WaitUntilStarted => snapshot.State?.Text == KnownResourceStates.Running,
        WaitType.WaitForCompletion => snapshot.State is { } state && (state.Text == KnownResourceStates.Finished || state.Text == KnownResourceStates.Exited),
        _ => throw new ArgumentOutOfRangeException(nameof(wait)),
    };

    private static bool IsNamed(ResourceEvent change, string name) =>
        change.Resource.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || change.ResourceId.Equals(name, StringComparison.OrdinalIgnoreCase);
}
