using System.Collections.Concurrent;
using System.Collections.Immutable;
using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Hosting.Orchestration;

/// <summary>Runs the health checks of running resources again and again and publishes what changes.</summary>
internal sealed class HealthMonitor(HealthCheckService checks, ResourceNotificationService notifications, ResourceConsole console)
{
    private static readonly TimeSpan UntilHealthy = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<IResource, SemaphoreSlim> _wakes = new();

    public static ImmutableArray<HealthReportSnapshot> Unknown(IResource resource) =>
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => new HealthReportSnapshot(h.Key, null, null, null))];

    /// <summary>Checks now: the resource has just started.</summary>
    public void Wake(IResource resource)
    {
        var wake = Wakeup(resource);
        if (wake.CurrentCount == 0)
            wake.Release();
    }

    public async Task RunAsync(IResource resource, CancellationToken cancellationToken)
    {
        HashSet<string> keys = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => h.Key)];
        if (keys.Count == 0)
            return;
        var was = HealthStatus.Unhealthy;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (IsRunning(resource))
            {
                var report = await checks.CheckHealthAsync(registration => keys.Contains(registration.Name), cancellationToken).ConfigureAwait(false);
                Publish(resource, keys, report);
                if (was == HealthStatus.Healthy && report.Status != HealthStatus.Healthy)
                    console.Say($"{resource.Name} is {report.Status.ToString().ToLowerInvariant()}: {string.Join("; ", report.Entries.Values.Select(e => e.Description).Where(d => d is not null))}", isError: true);
                if (was != HealthStatus.Healthy && report.Status == HealthStatus.Healthy)
                    console.Say($"{resource.Name} is healthy");
                was = report.Status;
            }
            await Wakeup(resource).WaitAsync(was == HealthStatus.Healthy ? WhileHealthy : UntilHealthy, cancellationToken).ConfigureAwait(false);
        }
    }

    private SemaphoreSlim Wakeup(IResource resource) => _wakes.GetOrAdd(resource, _ => new SemaphoreSlim(0));

    private bool IsRunning(IResource resource) => ResourceNotificationService.InstanceIds(resource)
        .Any(id => notifications.TryGetCurrentState(id, out var now) && now.Snapshot.State?.Text == KnownResourceStates.Running);

    private void Publish(IResource resource, HashSet<string> keys, HealthReport report)
    {
        ImmutableArray<HealthReportSnapshot> reports = [.. keys.Select(key => report.Entries.TryGetValue(key, out var entry)
            ? new HealthReportSnapshot(key, entry.Status, entry.Description, entry.Exception?.ToString()) { LastRunAt = DateTime.UtcNow }
            : new HealthReportSnapshot(key, HealthStatus.Unhealthy, "No such health check is registered.", null))];
        foreach (var id in ResourceNotificationService.InstanceIds(resource))
        {
            // A process that ended while it was asked has been marked as unknown; an old answer must not undo that.
            if (!notifications.TryGetCurrentState(id, out var now) || now.Snapshot.State?.Text != KnownResourceStates.Running)
                continue;
            if (!now.Snapshot.HealthReports.Select(r => (r.Name, r.Status, r.Description)).SequenceEqual(reports.Select(r => (r.Name, r.Status, r.Description))))
                notifications.Publish(resource, id, s => s.State?.Text == KnownResourceStates.Running ? s with { HealthReports = reports } : s);
        }
    }
}
