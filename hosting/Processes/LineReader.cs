using System.Text;

namespace Chat.Hosting.Processes;

/// <summary>Splits output into lines without ever holding more than one bounded line.</summary>
internal static class LineReader
{
    public const int MaxLineLength = 64 * 1024;

    /// <summary>Reads to the end of the stream, or until cancelled. Longer lines are cut at <see cref="MaxLineLength"/>.</summary>
    public static async Task ReadAsync(Stream stream, Action<string> onLine, CancellationToken cancellationToken)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[8192];
        var chars = new char[8193];
        var line = new StringBuilder();
        try
        {
            int read;
            while ((read = await stream.ReadAsync(bytes, cancellationToken)) > 0)
            {
                var rest = chars.AsSpan(0, decoder.GetChars(bytes, 0, read, chars, 0));
                int end;
                while ((end = rest.IndexOf('\n')) >= 0)
                {
                    Append(line, rest[..end]);
                    Emit(line, onLine);
                    rest = rest[(end + 1)..];
                }

                Append(line, rest);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The process is gone and something else holds its output open: what was read so far is all there is to show.
            cancellationToken = CancellationToken.None;
        }

        if (line.Length > 0)
            Emit(line, onLine);
    }

    private static void Append(StringBuilder line, ReadOnlySpan<char> text) =>
        line.Append(text[..Math.Min(text.Length, MaxLineLength - line.Length)]);

    private static void Emit(StringBuilder line, Action<string> onLine)
    {
        if (line.Length > 0 && line[^1] == '\r')
            line.Length--;
        onLine(line.ToString());
        line.Clear();
    }
}
