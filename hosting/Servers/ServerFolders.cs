using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>Where servers and their data live, and who may reach it.</summary>
internal static partial class ServerFolders
{
    /// <summary>Holds, under root, data of servers that run as another user.</summary>
    public const string Elsewhere = "/var/lib/chat";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Everyone = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Downloaded servers: $XDG_CACHE_HOME/chat/servers or ~/.cache/chat/servers; under root, whose home is closed to the servers' users, /var/cache/chat/servers.</summary>
    public static string Cache
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (Environment.IsPrivilegedProcess)
                return Path.Combine(Path.IsPathRooted(cache) && IsOpen(cache) ? cache : "/var/cache", "chat", "servers");
            if (Path.IsPathRooted(cache))
                return Path.Combine(cache, "chat", "servers");
            return Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
                ? Path.Combine(home, ".cache", "chat", "servers")
                : throw new ServerUnavailableException("There is nowhere to keep downloaded servers: set XDG_CACHE_HOME or HOME to a directory that can be written.");
        }
    }

    /// <summary>A directory that everyone may read.</summary>
    public static string CreateOpen(string path) => (OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, Everyone)).FullName;

    /// <summary>The directory, or one elsewhere when the user it is for could not reach it.</summary>
    public static string Reachable(string path, Account? owner)
    {
        path = Path.GetFullPath(path);
        return owner is null || IsOpen(Path.GetDirectoryName(path) ?? "/") ? path : Path.Combine(CreateOpen(Elsewhere), $"{Path.GetFileName(path)}-{Hash(path)}");
    }

    /// <summary>A directory for its owner alone; root may give it to another user.</summary>
    public static string CreatePrivate(string path, Account? owner)
    {
        if (OperatingSystem.IsWindows())
            return Directory.CreateDirectory(path).FullName;
        if (owner is not null)
            CreateOpen(Path.GetDirectoryName(path) ?? "/");
        Directory.CreateDirectory(path, OwnerOnly);
        File.SetUnixFileMode(path, OwnerOnly);
        if (owner is not null)
            Give(path, owner);
        return path;
    }

    /// <summary>A file for its owner alone.</summary>
    public static async Task WriteSecretAsync(string path, string content, Account? owner, CancellationToken cancellationToken)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        await file.WriteAsync(Encoding.UTF8.GetBytes(content), cancellationToken);
        if (owner is not null)
            Give(path, owner);
    }

    /// <summary>A short name for a path, the same each time.</summary>
    public static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))))[..10];

    /// <summary>Whether every user may pass through the directory and all above it. What does not exist yet will be created open.</summary>
    private static bool IsOpen(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (directory.Exists && !directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }

    private static void Give(string path, Account owner)
    {
        if (ChangeOwner(path, (uint)owner.UserId, (uint)owner.GroupId) != 0)
            throw new IOException($"{path} cannot be given to the user {owner.Name}: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
