using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.Stores;

/// <summary>
/// Packages from npm for tests to run with node: servers and clients that nobody here wrote. Installed once into the user's cache folder, whichever test process comes first.
/// </summary>
public sealed class NodePackage
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);

    private NodePackage(string folder) => Folder = folder;

    /// <summary>Holds <c>node_modules</c>. Shared by all tests: nothing is written here.</summary>
    public string Folder { get; }

    /// <summary>Obtains packages, with what they depend on, in one folder.</summary>
    /// <param name="packages">With exact versions: <c>maildev@2.2.1</c>.</param>
    public static async Task<NodePackage> InstallAsync(IReadOnlyList<string> packages, CancellationToken cancellationToken)
    {
        var cache = Path.Combine(Path.GetDirectoryName(ServerFolders.Cache) ?? ServerFolders.Cache, "node");
        var folder = Path.Combine(ServerFolders.CreateOpen(cache), string.Join('+', packages.Order(StringComparer.Ordinal)).Replace('/', '_'));
        await using var held = await FolderLock.TakeAsync(folder + ".lock", static () => { }, cancellationToken);
        if (!Directory.Exists(folder))
        {
            // Moved into place when it is whole: an installation that was broken off leaves nothing that looks like one.
            var unfinished = folder + ".unfinished";
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            ServerFolders.CreateOpen(unfinished);
            await InstallAsync(packages, unfinished, cancellationToken);
            Directory.Move(unfinished, folder);
        }

        return new NodePackage(folder);
    }

    /// <summary>A port on which nothing listens, for servers that must be told one.</summary>
    public static int FreePort() => Hosting.Servers.FreePort.Next();

    /// <summary>Runs a script of a package.</summary>
    /// <param name="file">Relative to <see cref="Folder"/>: <c>node_modules/maildev/bin/maildev</c>.</param>
    /// <param name="environment">Secrets go here, not into the arguments.</param>
    public Task<NodeProcess> StartFileAsync(
        string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default) =>
        NodeProcess.StartAsync(Node([Path.Combine(Folder, file), .. arguments], environment, input: null), cancellationToken);

    /// <summary>Runs an ECMAScript module, which may import the packages by name. Its arguments are <c>process.argv.slice(2)</c>.</summary>
    /// <param name="environment">Secrets go here, not into the arguments.</param>
    public Task<NodeProcess> StartModuleAsync(
        string module, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default) =>
        NodeProcess.StartAsync(Node(["--input-type=module", "-", .. arguments], environment, module), cancellationToken);

    private static async Task InstallAsync(IReadOnlyList<string> packages, string folder, CancellationToken cancellationToken)
    {
        await using var spawner = new ProcessSpawner(stateDirectory: null);
        var result = await spawner.RunAsync(
            new ProcessSpec
            {
                Name = "npm",
                FileName = "npm",
                Arguments = ["install", "--no-audit", "--no-fund", "--save-exact", "--prefix", folder, .. packages],
                WorkingDirectory = folder,
            },
            InstallLimit,
            cancellationToken);
        if (!result.Succeeded)
            throw new InvalidOperationException($"npm did not install {string.Join(", ", packages)}: {result.Complaint}");
    }

    private ProcessSpec Node(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment, string? input) => new()
    {
        Name = "node",
        FileName = "node",
        Arguments = arguments,
        Environment = environment ?? new Dictionary<string, string>(),
        StandardInput = input,
        WorkingDirectory = Folder,
        StopTimeout = TimeSpan.FromSeconds(3),
    };
}
