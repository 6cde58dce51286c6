using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>
/// Chromium for these tests: what CHROMIUM_PATH names, what is on the PATH, else from the distribution's packages, installed by root and
/// unpacked into the user's cache folder for everybody else.
/// </summary>
/// <param name="Path">The program.</param>
/// <param name="Environment">What it needs besides the environment of this process.</param>
internal sealed record ChromiumProgram(string Path, IReadOnlyDictionary<string, string> Environment)
{
    private const string Variable = "CHROMIUM_PATH";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly IReadOnlyList<string> Packages = ["chromium", "fonts-noto-color-emoji"];
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(10);

    /// <exception cref="ServerUnavailableException">It can be had from nowhere.</exception>
    public static async Task<ChromiumProgram> ObtainAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (System.Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? Installed(named) : throw Missing($"{Variable} is {named}, and there is no such file.");
        if (OnThisMachine() is { } present)
            return present;

        await using var spawner = new ProcessSpawner(stateDirectory: null);
        if (!PackageDownload.IsPossible)
            throw Missing("It is not installed, and there is no apt-get to obtain it with.");
        try
        {
            return System.Environment.IsPrivilegedProcess
                ? await InstallAsync(spawner, progress, cancellationToken)
                : await UnpackAsync(spawner, progress, cancellationToken);
        }
        catch (Exception exception) when (exception is ServerUnavailableException or IOException or UnauthorizedAccessException)
        {
            throw Missing(exception.Message, exception);
        }
    }

    private static ChromiumProgram? OnThisMachine() =>
        Names.Select(name => Launch.Find(name, null)).OfType<string>().Select(Installed).FirstOrDefault();

    private static ChromiumProgram Installed(string path) => new(path, new Dictionary<string, string>());

    private static async Task<ChromiumProgram> InstallAsync(ProcessSpawner spawner, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var folder = ServerFolders.CreateOpen(ServerFolders.Cache);
        await using var held = await FolderLock.TakeAsync(
            System.IO.Path.Combine(folder, "chromium.lock"), () => progress.Report("waiting for another process that installs Chromium"), cancellationToken);
        if (OnThisMachine() is { } present)
            return present;

        progress.Report("installing Chromium");
        var install = Apt(["install", "-y", "--no-install-recommends", .. Packages]);
        var result = await spawner.RunAsync(install, InstallLimit, cancellationToken);
        if (!result.Succeeded)
        {
            // Lists that are missing or outdated: the usual state of a fresh image.
            await spawner.RunAsync(Apt(["update"]), InstallLimit, cancellationToken);
            result = await spawner.RunAsync(install, InstallLimit, cancellationToken);
        }

        return OnThisMachine() ?? throw Missing($"apt-get did not install it: {result.Complaint}");
    }

    // Another apt-get may be at work: its lock is waited for.
    private static ProcessSpec Apt(IReadOnlyList<string> arguments) => new()
    {
        Name = "apt-get",
        FileName = "apt-get",
        Arguments = ["-o", "DPkg::Lock::Timeout=300", "-qq", .. arguments],
        Environment = new Dictionary<string, string> { ["LC_ALL"] = "C", ["DEBIAN_FRONTEND"] = "noninteractive" },
    };

    private static async Task<ChromiumProgram> UnpackAsync(ProcessSpawner spawner, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var download = new PackageDownload(spawner, ServerFolders.Cache, progress);
        var folder = await download.GetAsync("Chromium", _ => Task.FromResult(Packages), UseFontsOf, cancellationToken);
        var environment = new Dictionary<string, string>(new Installation(folder).Environment) { ["FONTCONFIG_FILE"] = FontsOf(folder) };
        environment["LD_LIBRARY_PATH"] = string.Join(':', PrivateLibrariesOf(folder).Prepend(environment["LD_LIBRARY_PATH"]));

        // The package's own start script reads files from /etc.
        var program = System.IO.Path.Combine(folder, "usr", "lib", "chromium", "chromium");
        return File.Exists(program) ? new ChromiumProgram(program, environment) : throw Missing($"The package of this distribution has no {program}.");
    }

    // Libraries know the folders of their own parts (libpulse: pulseaudio/libpulsecommon) by where they would have been installed.
    private static IEnumerable<string> PrivateLibrariesOf(string folder) =>
        Directory.GetDirectories(System.IO.Path.Combine(folder, "usr", "lib"), "*-linux-gnu*").SelectMany(Directory.GetDirectories)
            .Where(directory => Directory.EnumerateFiles(directory, "*.so*").Any());

    private static string FontsOf(string folder) => System.IO.Path.Combine(folder, "fonts.conf");

    private static void UseFontsOf(string unpacked, string target) => File.WriteAllText(FontsOf(unpacked), $"""
        <?xml version="1.0"?>
        <!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
        <fontconfig>
          <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
          <dir>/usr/share/fonts</dir>
          <dir>{target}/usr/share/fonts</dir>
          <cachedir prefix="xdg">fontconfig</cachedir>
        </fontconfig>

        """);

    private static ServerUnavailableException Missing(string reason, Exception? inner = null) => new($"""
        The browser tests need Chromium. {reason}
        Install it (sudo apt-get install {string.Join(' ', Packages)}, or the like elsewhere), or set {Variable} to the program.
        """, inner);
}
