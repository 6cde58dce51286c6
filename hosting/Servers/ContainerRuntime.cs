using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>Docker or Podman with an engine that answers; a client alone is of no use.</summary>
internal sealed record ContainerRuntime(string Command)
{
    public static readonly IReadOnlyList<string> Commands = ["docker", "podman"];

    // An engine on a busy machine may need some of it.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(8);

    public static Task<ContainerRuntime?> FindAsync(ProcessSpawner spawner, CancellationToken cancellationToken) => FindAsync(spawner, Commands, cancellationToken);

    internal static async Task<ContainerRuntime?> FindAsync(ProcessSpawner spawner, IReadOnlyList<string> commands, CancellationToken cancellationToken)
    {
        foreach (var command in commands)
        {
            if (Launch.Find(command, null) is not { } program)
                continue;
            // The engine's version: docker's client answers without an engine, but then has none to tell.
            var format = command == "podman" ? "{{.Version.Version}}" : "{{.ServerVersion}}";
            var probe = new ProcessSpec { Name = command, FileName = program, Arguments = ["info", "--format", format] };
            var answer = await spawner.RunAsync(probe, ProbeTimeout, cancellationToken);
            if (answer.Succeeded && answer.Output.Any(line => !string.IsNullOrWhiteSpace(line)))
                return new ContainerRuntime(program);
        }

        return null;
    }

    /// <summary>Whether the image is here or could be pulled.</summary>
    public async Task<bool> HasImageAsync(ProcessSpawner spawner, string image, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var inspect = new ProcessSpec { Name = image, FileName = Command, Arguments = ["image", "inspect", image] };
        if ((await spawner.RunAsync(inspect, TimeSpan.FromSeconds(20), cancellationToken)).Succeeded)
            return true;
        progress.Report($"pulling {image}");
        var pull = await spawner.RunAsync(inspect with { Arguments = ["pull", "--quiet", image] }, TimeSpan.FromMinutes(10), cancellationToken);
        if (!pull.Succeeded)
            progress.Report($"{image} cannot be pulled ({pull.Complaint}), looking elsewhere");
        return pull.Succeeded;
    }

    /// <summary>A container in the foreground that is removed when it ends. Secrets go by environment, which no process list shows.</summary>
    /// <param name="volume">Where the image keeps its data.</param>
    public ProcessSpec Run(ServerRequest request, string image, int port, string volume, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> options, IReadOnlyList<string> arguments)
    {
        var name = $"chat-{request.Name}-{ServerFolders.Hash(request.DataDirectory)}";
        return new ProcessSpec
        {
            Name = request.Name,
            FileName = Command,
            Arguments =
            [
                "run", "--rm", "--name", name, "--publish", FormattableString.Invariant($"127.0.0.1:{request.Port}:{port}"),
                .. request.Persistent ? (string[])["--volume", $"{name}:{volume}"] : [],
                .. environment.Keys.SelectMany(key => (string[])["--env", key]), .. options, image, .. arguments,
            ],
            Environment = environment,
            StopTimeout = TimeSpan.FromSeconds(20),
            Cleanup = [Command, "rm", "--force", name],
        };
    }
}
