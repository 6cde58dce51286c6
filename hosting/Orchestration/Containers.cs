using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Orchestration;

/// <summary>Containers by the command line of the runtime that answers.</summary>
internal static class Containers
{
    /// <exception cref="DistributedApplicationException">No runtime answers.</exception>
    public static async Task<string> FindRuntimeAsync(string resourceName, ProcessSpawner spawner, CancellationToken cancellationToken) =>
        (await ContainerRuntime.FindAsync(spawner, cancellationToken).ConfigureAwait(false))?.Command
            ?? throw new DistributedApplicationException($"Resource '{resourceName}' is a container, and no container runtime answers (tried {string.Join(" and ", ContainerRuntime.Commands)}). Install and start Docker or Podman, or leave the resource out.");

    /// <summary>The command that runs the container in the foreground. Values of variables travel in the environment, not in the arguments.</summary>
    public static ProcessSpec Run(string runtime, ContainerResource resource, string containerName, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments, string volumePrefix)
    {
        if (!resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image))
            throw new DistributedApplicationException($"Container '{resource.Name}' has no image.");
        List<string> run = ["run", "--rm", "--name", containerName];
        foreach (var endpoint in resource.GetEndpoints().Select(e => e.EndpointAnnotation))
        {
            foreach (var at in endpoint.Allocated)
                run.AddRange(["-p", $"127.0.0.1:{at.Port}:{endpoint.TargetPort ?? at.Port}"]);
        }
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            var source = mount.Type == ContainerMountType.Volume ? $"{volumePrefix}-{mount.Source ?? resource.Name + "-data"}" : mount.Source;
            run.AddRange(["-v", $"{source}:{mount.Target}{(mount.IsReadOnly ? ":ro" : "")}"]);
        }
        foreach (var name in environment.Keys)
            run.AddRange(["-e", name]);
        if (resource.Entrypoint is { } entrypoint)
            run.AddRange(["--entrypoint", entrypoint]);
        run.Add(image.Tag is { } tag ? $"{image.Image}:{tag}" : image.Image);
        run.AddRange(arguments);
        return new ProcessSpec { Name = resource.Name, FileName = runtime, Arguments = run, Environment = environment, Cleanup = [runtime, "rm", "-f", containerName] };
    }
}
