using System.Reflection;
using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Orchestration;

/// <summary>Finds the assembly of a project, building it when the AppHost's build did not.</summary>
internal sealed class ProjectOutputs(ResourceConsole console) : IDisposable
{
    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _oneBuild = new(1);

    /// <summary>The host program of the runtime this process runs on.</summary>
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location) ?? "", "..", "..", "..", "dotnet"));

    /// <summary>Where the build of the AppHost put the project's assembly (written by Chat.Hosting.targets).</summary>
    public static string? BuiltWith(Assembly appHost, string projectPath) =>
        appHost.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "projectoutput:" + projectPath)?.Value;

    /// <exception cref="DistributedApplicationException">There is no such project, or it does not build.</exception>
    public async Task<string> AssemblyAsync(ProjectResource project, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        if (project.TryGetLastAnnotation<ProjectOutputAnnotation>(out var output) && output.AssemblyPath is { } built && File.Exists(built))
            return built;
        var path = ProjectPath(project);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new DistributedApplicationException($"Project '{project.Name}' is not there: {path}");
        await _oneBuild.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await console.WhileAsync(() => $"building {project.Name}", BuildAsync(project.Name, path, spawner, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            _oneBuild.Release();
        }
    }

    public static string ProjectPath(ProjectResource project) =>
        project.TryGetLastAnnotation<IProjectMetadata>(out var metadata) ? metadata.ProjectPath : throw new DistributedApplicationException($"Project '{project.Name}' has no path.");

    public void Dispose() => _oneBuild.Dispose();

    private static async Task<string> BuildAsync(string name, string path, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        var spec = new ProcessSpec { Name = name + "-build", FileName = Dotnet, Arguments = ["build", path, "-nologo", "-v:q", "-getProperty:TargetPath"] };
        var build = await spawner.RunAsync(spec, BuildTimeout, cancellationToken).ConfigureAwait(false);
        return build.Succeeded && build.Output.LastOrDefault(l => l.Length > 0)?.Trim() is { } output && File.Exists(output)
            ? output
            : throw new DistributedApplicationException($"Project '{name}' does not build (dotnet build {path}):{Environment.NewLine}{build.Complaint}");
    }
}
