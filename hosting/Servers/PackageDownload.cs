using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>
/// Takes programs out of the distribution's packages without installing them: apt-get with a state and cache of its own downloads them
/// with the libraries this machine lacks, dpkg-deb unpacks them into a folder of the user's. Needs no root and changes nothing else.
/// </summary>
internal sealed partial class PackageDownload(ProcessSpawner spawner, string cacheDirectory, IProgress<string> progress)
{
    private const int Attempts = 3;
    private const string Complete = ".complete";

    private static readonly TimeSpan ListsAreFreshFor = TimeSpan.FromHours(1);

    public static bool IsPossible => OperatingSystem.IsLinux() && Launch.Find("apt-get", null) is not null && Launch.Find("dpkg-deb", null) is not null;

    /// <summary>The folder of an unpacked program, downloaded unless an earlier run has done it. Any number of processes may ask at once.</summary>
    /// <param name="name">Names the folder and the messages.</param>
    /// <param name="packages">What to download, with what it depends on.</param>
    /// <param name="finish">Adapts the unpacked files, which are still elsewhere, to the folder they will be in.</param>
    /// <exception cref="ServerUnavailableException">It cannot be downloaded.</exception>
    public async Task<string> GetAsync(string name, Func<CancellationToken, Task<IReadOnlyList<string>>> packages, Action<string, string> finish, CancellationToken cancellationToken)
    {
        var target = Path.Combine(cacheDirectory, $"{name.ToLowerInvariant()}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");
        if (File.Exists(Path.Combine(target, Complete)))
            return target;
        try
        {
            ServerFolders.CreateOpen(cacheDirectory);
            await using var held = await FolderLock.TakeAsync(target + ".lock", () => progress.Report($"waiting for another process that downloads {name}"), cancellationToken);
            if (File.Exists(Path.Combine(target, Complete)))
                return target;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await DownloadAsync(name, packages, target, finish, forceUpdate: attempt > 1, cancellationToken);
                    return target;
                }
                catch (PackageException exception) when (attempt < Attempts)
                {
                    progress.Report($"{exception.Message} Trying again");
                }
            }
        }
        catch (Exception exception) when (exception is PackageException or IOException or UnauthorizedAccessException)
        {
            throw new ServerUnavailableException($"{name} cannot be downloaded into {cacheDirectory}: {exception.Message}", exception);
        }
    }

    /// <summary>The versioned package that an unversioned one stands for: postgresql → postgresql-15.</summary>
    public async Task<string> ResolveAsync(string package, CancellationToken cancellationToken)
    {
        var lines = await AptAsync("apt-cache", ["depends", package], cancellationToken);
        return lines.Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith($"Depends: {package}-", StringComparison.Ordinal))?["Depends: ".Length..]
            ?? throw new PackageException($"The package {package} is unknown to apt-get.");
    }

    private async Task DownloadAsync(string name, Func<CancellationToken, Task<IReadOnlyList<string>>> packages, string target, Action<string, string> finish, bool forceUpdate, CancellationToken cancellationToken)
    {
        await UpdateListsAsync(forceUpdate, cancellationToken);
        var asked = await packages(cancellationToken);
        var wanted = (await AptAsync("apt-get", ["install", "--reinstall", "--no-install-recommends", "--print-uris", "-qq", .. asked], cancellationToken))
            .Select(line => UriLine().Match(line)).Where(match => match.Success && IsNeeded(match.Groups["package"].Value, asked)).ToList();
        if (wanted.Count == 0)
            throw new PackageException($"apt-get offers nothing to download for {name}.");
        var size = wanted.Sum(match => long.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture));
        progress.Report(string.Create(CultureInfo.InvariantCulture, $"downloading {name} ({Math.Max(1, size / 1_000_000)} MB)"));

        // What a killed run left is removed here; nobody else works in it while the lock is held.
        var work = target + ".new";
        Delete(work);
        var files = ServerFolders.CreateOpen(Path.Combine(work, "packages"));
        var root = ServerFolders.CreateOpen(Path.Combine(work, "root"));
        try
        {
            await AptAsync("apt-get", ["download", "-qq", .. wanted.Select(match => match.Groups["package"].Value)], cancellationToken, files);
            progress.Report($"unpacking {name}");
            foreach (var file in Directory.GetFiles(files, "*.deb"))
                await RunAsync("dpkg-deb", ["--extract", file, root], null, TimeSpan.FromMinutes(2), cancellationToken);
            finish(root, target);
            File.WriteAllText(Path.Combine(root, Complete), "");
            Delete(target);
            Directory.Move(root, target);
        }
        finally
        {
            Delete(work);
        }
    }

    // Lists of this folder's own: those of the machine may be missing, outdated or closed to this user.
    private async Task UpdateListsAsync(bool force, CancellationToken cancellationToken)
    {
        var apt = ServerFolders.CreateOpen(Path.Combine(cacheDirectory, "apt"));
        await using var held = await FolderLock.TakeAsync(Path.Combine(apt, ".lock"), () => progress.Report("waiting for another process that reads the package lists"), cancellationToken);
        var updated = Path.Combine(apt, ".updated");
        if (!force && File.Exists(updated) && TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(updated) < ListsAreFreshFor)
            return;
        foreach (var folder in new[] { "state/lists/partial", "cache/archives/partial", "log" })
            Directory.CreateDirectory(Path.Combine(apt, folder));
        await File.WriteAllTextAsync(Configuration, $$"""
            Dir::State "{{apt}}/state";
            Dir::State::status "/var/lib/dpkg/status";
            Dir::Cache "{{apt}}/cache";
            Dir::Cache::pkgcache "";
            Dir::Cache::srcpkgcache "";
            Dir::Log "{{apt}}/log";
            APT::Sandbox::User "";
            Acquire::Languages "none";
            Acquire::Retries "3";
            Acquire::http::Timeout "20";
            Acquire::https::Timeout "20";
            #clear APT::Update::Post-Invoke;
            #clear APT::Update::Post-Invoke-Success;
            #clear Acquire::IndexTargets::deb::DEP-11;
            #clear Acquire::IndexTargets::deb::Contents-deb;

            """, cancellationToken);
        progress.Report("reading the package lists");
        await AptAsync("apt-get", ["update", "-qq"], cancellationToken);
        await File.WriteAllTextAsync(updated, "", cancellationToken);
    }

    private string Configuration => Path.Combine(cacheDirectory, "apt", "apt.conf");

    private Task<IReadOnlyList<string>> AptAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? directory = null) =>
        RunAsync(program, ["-c", Configuration, .. arguments], directory, TimeSpan.FromMinutes(5), cancellationToken);

    private async Task<IReadOnlyList<string>> RunAsync(string program, IReadOnlyList<string> arguments, string? directory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var spec = new ProcessSpec
        {
            Name = program,
            FileName = program,
            Arguments = arguments,
            WorkingDirectory = directory,
            Environment = new Dictionary<string, string> { ["LC_ALL"] = "C", ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        var result = await spawner.RunAsync(spec, timeout, cancellationToken);
        return result.Succeeded ? result.Output : throw new PackageException($"{program} {arguments.FirstOrDefault(argument => argument is "update" or "install" or "download")} failed: {result.Complaint}");
    }

    // The other half of what was asked for (chromium-common) is no administrator's tool.
    private static bool IsNeeded(string package, IReadOnlyList<string> asked) =>
        !Needless().IsMatch(package) || asked.Any(name => package == name || package.StartsWith($"{name}-", StringComparison.Ordinal));

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    // 'uri' name_version_architecture.deb size hash
    [GeneratedRegex(@"^'[^']+' (?<package>[^_ ]+)_\S+\.deb (?<size>\d+)")]
    private static partial Regex UriLine();

    // Needed to install or administer the packages, or for what is turned off here (just-in-time compilation), but not to run the servers.
    [GeneratedRegex("^(perl.*|libperl.*|libllvm.*|libz3-.*|libclang.*|.*-dev|.*-common|postgresql-client-.*|ssl-cert|openssl|logrotate|socat|adduser|passwd|debconf|ucf|netbase|init-system-helpers|sysvinit-utils|lsb-base|locales|tzdata|python3.*|sensible-utils|cron.*)$")]
    private static partial Regex Needless();

    private sealed class PackageException(string message) : Exception(message);
}
