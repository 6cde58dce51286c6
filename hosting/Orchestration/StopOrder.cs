using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting.Orchestration;

/// <summary>Who must end before whom.</summary>
internal static class StopOrder
{
    /// <summary>For every resource, those that depend on it by a wait, a reference or as its child. References in a circle are cut where they close it.</summary>
    public static IReadOnlyDictionary<IResource, List<IResource>> Dependents(IEnumerable<IResource> resources)
    {
        var dependents = resources.ToDictionary(r => r, _ => new List<IResource>());
        HashSet<IResource> done = [], above = [];
        foreach (var resource in dependents.Keys)
            Visit(resource);
        return dependents;

        void Visit(IResource resource)
        {
            if (!done.Add(resource))
                return;
            above.Add(resource);
            foreach (var dependency in Dependencies(resource).Where(d => dependents.ContainsKey(d) && !above.Contains(d)).Distinct())
            {
                dependents[dependency].Add(resource);
                Visit(dependency);
            }
            above.Remove(resource);
        }
    }

    /// <summary>Ends every resource once those that depend on it have ended.</summary>
    public static Task RunAsync(IReadOnlyDictionary<IResource, List<IResource>> dependents, Func<IResource, Task> stop)
    {
        Dictionary<IResource, Task> stops = [];
        return Task.WhenAll(dependents.Keys.Select(Stop));

        Task Stop(IResource resource) => stops.TryGetValue(resource, out var known) ? known : stops[resource] = StopAfterAsync(resource, [.. dependents[resource].Select(Stop)]);

        async Task StopAfterAsync(IResource resource, Task[] before)
        {
            await Task.WhenAll(before).ConfigureAwait(false);
            await stop(resource).ConfigureAwait(false);
        }
    }

    // Waits come first: where references form a circle, the one that waits ends first.
    private static IEnumerable<IResource> Dependencies(IResource resource) =>
    [
        .. resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource),
        .. resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => r.Resource),
        .. resource is IResourceWithParent child ? [child.Parent] : Array.Empty<IResource>(),
    ];
}
