using System.Globalization;

namespace Chat.Hosting.Processes;

/// <summary>
/// One small file for each running process: its id and start, and those of the engine that started it. A number alone proves nothing, since
/// numbers are used again.
/// </summary>
internal sealed class PidFiles(string directory)
{
    /// <summary>What the directory is called in the state of an engine.</summary>
    public const string Folder = "processes";

    public void Add(int id)
    {
        // Already gone: nothing that a later engine could find.
        if (ProcessTable.StartOf(id) is not { } start)
            return;
        Directory.CreateDirectory(directory);
        var file = PathOf(id);
        File.WriteAllText(file + ".new", string.Join(' ', id.ToString(CultureInfo.InvariantCulture), start,
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture), ProcessTable.StartOf(Environment.ProcessId), ProcessTable.Boot));
        File.Move(file + ".new", file, overwrite: true);
    }

    public void Remove(int id)
    {
        // No folder yet: the first process was gone before its file could be written.
        if (Directory.Exists(directory))
            File.Delete(PathOf(id));
    }

    /// <summary>Kills what engines that no longer live left running, and forgets it.</summary>
    public void Reap()
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var file in Directory.GetFiles(directory, "*.pid"))
        {
            if (File.ReadAllText(file).Split(' ') is not [var idText, var start, var ownerText, var ownerStart, var boot]
                || !int.TryParse(idText, CultureInfo.InvariantCulture, out var id) || !int.TryParse(ownerText, CultureInfo.InvariantCulture, out var owner))
            {
                File.Delete(file);
                continue;
            }

            if (boot == ProcessTable.Boot && ProcessTable.StartOf(owner) == ownerStart)
                continue;
            if (boot == ProcessTable.Boot && ProcessTable.StartOf(id) == start)
                ProcessTable.KillTreeAsync(id).GetAwaiter().GetResult();
            File.Delete(file);
        }
    }

    private string PathOf(int id) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{id}.pid"));
}
