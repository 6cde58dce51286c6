using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting.Orchestration;

/// <summary>Who must end before whom.</summary>
internal static class StopOrder
{
    /// <summary>For every resource, those that depend on it: first by waits and as its children, then by references where these do not close a circle.</summary>
    public static IReadOnlyDictionary<IResource, List<IResource>> Dependents(IEnumerable<IResource> resources)
    {
        var dependents = resources.ToDictionary(r => r, _ => new List<IResource>());
        foreach (var (dependent, dependency) in dependents.Keys.SelectMany(Needs).Concat(dependents.Keys.SelectMany(References)))
        {
            if (dependents.TryGetValue(dependency, out var known) && !known.Contains(dependent) && !Reaches(dependent, dependency))
                known.Add(dependent);
        }
        return dependents;

        bool Reaches(IResource from, IResource to) => ReferenceEquals(from, to) || dependents[from].Any(next => Reaches(next, to));
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

    private static IEnumerable<(IResource Dependent, IResource Dependency)> Needs(IResource resource) =>
    [
        .. resource.Annotations.OfType<WaitAnnotation>().Select(w => (resource, w.Resource)),
        .. resource is IResourceWithParent child ? [(resource, child.Parent)] : Array.Empty<(IResource, IResource)>(),
    ];

    private static IEnumerable<(IResource Dependent, IResource Dependency)> References(IResource resource) =>
        resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => (resource, r.Resource));
}
