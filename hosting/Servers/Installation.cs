using System.Runtime.InteropServices;

namespace Chat.Hosting.Servers;

/// <summary>Programs of a server, on this machine (root "/") or unpacked from packages.</summary>
/// <param name="Root">What the usual folders are relative to.</param>
internal sealed record Installation(string Root)
{
    public static readonly Installation Machine = new("/");

    private static readonly string[] RedisPrograms = ["redis-server", "valkey-server"];
    private static readonly string[] UsualFolders = ["usr/bin", "usr/sbin", "bin", "sbin"];
    private static readonly string[] Brew = ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"];

    /// <summary>What the programs need to find libraries that were unpacked beside them.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        this == Machine ? new Dictionary<string, string>() : new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = $"{Root}/usr/lib/{Triplet}:{Root}/lib/{Triplet}:{Root}/usr/lib" };

    /// <summary>Folders that hold PostgreSQL's server programs, the highest version first.</summary>
    public IEnumerable<string> PostgresFolders() => Folders("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/postgresql@*/bin", "opt/postgresql/bin")
        .Where(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")));

    public string? Redis() => Folders().SelectMany(folder => RedisPrograms.Select(program => Path.Combine(folder, program))).FirstOrDefault(File.Exists);

    /// <summary>The broker's own start script. A wrapper of the same name elsewhere changes users and ignores the environment.</summary>
    public string? RabbitMq() => Folders("usr/lib/rabbitmq/lib/*/sbin", "opt/rabbitmq/sbin", "opt/rabbitmq/libexec/sbin").Select(folder => Path.Combine(folder, "rabbitmq-server"))
        .FirstOrDefault(script => File.Exists(script) && Directory.Exists(Path.Combine(Path.GetDirectoryName(script) ?? "/", "..", "plugins")));

    /// <summary>The folder of erl.</summary>
    public string? Erlang() => Folders("usr/lib/erlang/bin", "usr/lib64/erlang/bin", "opt/erlang/lib/erlang/bin", "opt/erlang/bin").FirstOrDefault(folder => File.Exists(Path.Combine(folder, "erl")));

    /// <summary>Erlang's port mapper, beside erl or in the runtime below it.</summary>
    public string? Epmd() => Erlang() is { } erlang
        ? new[] { erlang }.Concat(Glob(Path.GetDirectoryName(erlang) ?? "/", "erts-*/bin")).Concat(Folders()).Select(folder => Path.Combine(folder, "epmd")).FirstOrDefault(File.Exists)
        : null;

    private static string Triplet => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64-linux-gnu",
        Architecture.Arm64 => "aarch64-linux-gnu",
        Architecture.Arm => "arm-linux-gnueabihf",
        var other => $"{other.ToString().ToLowerInvariant()}-linux-gnu",
    };

    // The special folders come first: what PATH finds is often a wrapper.
    private IEnumerable<string> Folders(params string[] patterns)
    {
        string[] roots = this == Machine ? ["/", .. Brew] : [Root];
        var special = roots.SelectMany(root => patterns.SelectMany(pattern => Glob(root, pattern)));
        var usual = roots.SelectMany(root => UsualFolders.Select(folder => Path.Combine(root, folder)));
        var path = this == Machine ? (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [];
        return special.Concat(path).Concat(usual);
    }

    private static IEnumerable<string> Glob(string root, string pattern)
    {
        IEnumerable<string> found = [root];
        foreach (var part in pattern.Split('/'))
        {
            found = part.Contains('*', StringComparison.Ordinal)
                ? found.Where(Directory.Exists).SelectMany(folder => Directory.GetDirectories(folder, part).OrderByDescending(VersionOf))
                : found.Select(folder => Path.Combine(folder, part));
        }

        return found.Where(Directory.Exists);
    }

    private static int VersionOf(string folder) => int.TryParse(string.Concat(Path.GetFileName(folder).SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)), out var version) ? version : 0;
}
