using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Chat.Hosting.Processes;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Orchestration;

/// <summary>The folder of one checkout: data, secrets, logs, pid files. A test has one that goes when it ends.</summary>
internal sealed class AppHostState : IDisposable
{
    private const int MostCheckouts = 100;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private readonly Lock _gate = new();
    private FileStream? _lock;
    private ThrowAwayFolder? _throwAway;

    private AppHostState(string directory, bool isTemporary)
    {
        Root = directory;
        IsTemporary = isTemporary;
    }

    public string Root { get; }

    public bool IsTemporary { get; }

    public string LogDirectory => Path.Combine(Root, "logs");

    public string ProcessDirectory => Path.Combine(Root, PidFiles.Folder);

    private static string Home => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "chat");

    private static string Tests => Path.Combine(Home, "tests");

    private string SessionDirectory => Path.Combine(Root, "session");

    private string SecretsFile => Path.Combine(Root, "parameters.json");

    public static AppHostState OfCheckout(string appHostDirectory)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(appHostDirectory)))))[..12];
        return new AppHostState(Path.Combine(Home, hash), isTemporary: false);
    }

    public static AppHostState Temporary() => new(Path.Combine(Tests, Guid.NewGuid().ToString("N")[..12]), isTemporary: true);

    /// <summary>Where the data of a server is asked to live; without persistence a folder that goes when the application stops.</summary>
    public string DataDirectory(string name, bool persistent) => Path.Combine(persistent ? Path.Combine(Root, "data") : SessionDirectory, name);

    /// <summary>Claims the folder for this process.</summary>
    /// <exception cref="DistributedApplicationException">Another AppHost of the same checkout runs.</exception>
    public void Claim()
    {
        Create();
        var path = Path.Combine(Root, "lock");
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new DistributedApplicationException($"An AppHost of this checkout is running already (its state is in {Root}). Stop it first, or start this one from another checkout.", exception);
        }
    }

    /// <summary>Begins with no data of the last run but what persists. Nothing of that run must be running any more.</summary>
    public void StartSession()
    {
        if (!IsTemporary)
            _throwAway = ThrowAwayFolder.Claim(SessionDirectory);
    }

    /// <summary>Deletes what killed runs left: tests, and sessions of any checkout.</summary>
    /// <param name="hurry">Cancelled when nothing more is to be waited for.</param>
    public static void Reap(Action<string> problem, CancellationToken hurry)
    {
        foreach (var parent in (IEnumerable<string>)[Tests, .. Directory.EnumerateDirectories(Home, "*", new EnumerationOptions()).Take(MostCheckouts), ServerFolders.Elsewhere])
            ThrowAwayFolder.Reap(parent, problem, hurry);
    }

    /// <summary>A secret that is made once and then stays the same.</summary>
    public string GetOrAddSecret(string name, Func<string> create)
    {
        lock (_gate)
        {
            var secrets = File.Exists(SecretsFile) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(SecretsFile)) ?? [] : [];
            if (secrets.TryGetValue(name, out var value))
                return value;
            value = create();
            secrets[name] = value;
            Create();
            // Written beside and moved into place: a crash leaves the old file or the new one.
            var beside = SecretsFile + ".new";
            File.Delete(beside);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(beside, options))
                JsonSerializer.Serialize(file, secrets, Readable);
            File.Move(beside, SecretsFile, overwrite: true);
            return value;
        }
    }

    public void Dispose()
    {
        _throwAway?.Dispose();
        _throwAway = null;
        _lock?.Dispose();
        _lock = null;
    }

    private void Create()
    {
        if (IsTemporary)
            _throwAway ??= ThrowAwayFolder.Claim(Root);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Root);
        else
            Directory.CreateDirectory(Root, OwnerOnly | UnixFileMode.UserExecute);
    }
}

internal static class AppHostStateExtensions
{
    /// <summary>The state of the application being built.</summary>
    public static AppHostState State(this IDistributedApplicationBuilder builder) =>
        builder.Services.Select(s => s.ServiceType == typeof(AppHostState) ? s.ImplementationInstance as AppHostState : null).OfType<AppHostState>().Single();
}
