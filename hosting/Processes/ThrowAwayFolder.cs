using System.Globalization;
using System.Text;

namespace Chat.Hosting.Processes;

/// <summary>
/// A folder that goes with this process. A file beside it names its owner, who keeps that file locked: by it a later start deletes what an owner
/// that was killed left. Process ids mean nothing between containers on the same files; the lock does.
/// </summary>
internal sealed class ThrowAwayFolder : IDisposable
{
    private const string Ending = ".owner";

    // What is left after these waits for the next start.
    private const int MostPerReap = 20;
    private const int MaxOwnerBytes = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly FileStream _owner;

    private ThrowAwayFolder(string path, FileStream owner)
    {
        _path = path;
        _owner = owner;
    }

    /// <summary>Makes the folder, which the caller creates, this process's own. What a dead owner left in it is deleted.</summary>
    /// <exception cref="IOException">A living process owns it.</exception>
    public static ThrowAwayFolder Claim(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
        var owner = Take(path + Ending);
        try
        {
            if (IsDead(owner))
                Delete(path);
            owner.SetLength(0);
            owner.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {ProcessTable.StartOf(Environment.ProcessId)} {ProcessTable.Boot}")));
            owner.Flush();
            return new ThrowAwayFolder(path, owner);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Deletes the folders directly below the parent whose owners live no longer, and kills what these left running. A folder without an owner's file is nobody's business.</summary>
    /// <param name="problem">Told of each folder that cannot be deleted.</param>
    /// <param name="hurry">Cancelled when nothing more is to be waited for.</param>
    public static void Reap(string parent, Action<string> problem, CancellationToken hurry = default)
    {
        if (!Directory.Exists(parent))
            return;
        var left = MostPerReap;
        foreach (var file in Directory.EnumerateFiles(parent, "*" + Ending, new EnumerationOptions()))
        {
            using var owner = TryOpen(file, FileMode.Open);
            if (owner is null || !IsDead(owner))
                continue;
            try
            {
                DeletePatiently(file[..^Ending.Length], hurry);
                owner.Dispose();
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problem($"cannot delete {file[..^Ending.Length]}, which a killed run left: {exception.Message}");
            }
            if (--left == 0)
                return;
        }
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose()
    {
        using (_owner)
            Delete(_path);
        File.Delete(_path + Ending);
    }

    // Somebody who reaps holds the file for a moment.
    private static FileStream Take(string file)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            if (TryOpen(file, FileMode.OpenOrCreate) is { } owner)
                return owner;
            Thread.Sleep(20);
        }
        throw new IOException($"{file} belongs to another process, or cannot be written.");
    }

    private static FileStream? TryOpen(string file, FileMode mode)
    {
        try
        {
            return new FileStream(file, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Locked by its living owner, gone, or another user's.
            return null;
        }
    }

    // A file that names nobody proves nothing.
    private static bool IsDead(FileStream file)
    {
        var content = new byte[MaxOwnerBytes];
        return Encoding.ASCII.GetString(content, 0, file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)).Split(' ') is [var id, var start, var boot]
            && int.TryParse(id, CultureInfo.InvariantCulture, out var owner)
            && !(boot == ProcessTable.Boot && ProcessTable.StartOf(owner) == start);
    }

    // Servers of a run that was killed a moment ago may still be ending, and write there.
    private static void DeletePatiently(string path, CancellationToken hurry)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                Delete(path);
                return;
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(began) < Patience && !hurry.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200)))
            {
                continue;
            }
        }
    }

    private static void Delete(string path)
    {
        new PidFiles(Path.Combine(path, PidFiles.Folder)).Reap();
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
