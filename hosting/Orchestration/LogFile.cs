using System.Text;

namespace Chat.Hosting.Orchestration;

/// <summary>A log of bounded size: at 10 MB it is renamed to .1, that to .2, and the oldest goes.</summary>
internal sealed class LogFile(string directory, string name, long limit = 10_000_000) : IDisposable
{
    private const int Kept = 3;

    private FileStream? _file;

    public void WriteLine(string line)
    {
        _file ??= Open();
        _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _file.Flush();
        if (_file.Length < limit)
            return;
        _file.Dispose();
        for (var i = Kept - 1; i > 0; i--)
        {
            if (File.Exists(PathOf(i - 1)))
                File.Move(PathOf(i - 1), PathOf(i), overwrite: true);
        }
        _file = Open();
    }

    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(directory);
        return new FileStream(PathOf(0), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
    }

    private string PathOf(int age) => Path.Combine(directory, age == 0 ? $"{name}.log" : $"{name}.{age}.log");
}
