namespace Chat.Hosting.Servers;

/// <summary>A lock between processes: a locked file, which the system unlocks however its holder ends.</summary>
internal static class FolderLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <exception cref="ServerUnavailableException">Someone else held it for ten minutes.</exception>
    public static async Task<IAsyncDisposable> TakeAsync(string path, Action onWait, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
            {
                if (attempt == 10)
                    onWait();
                if (TimeProvider.System.GetElapsedTime(until) > Patience)
                    throw new ServerUnavailableException($"Another process has held {path} for {Patience.TotalMinutes} minutes. End it, or delete the file.", exception);
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }
}
