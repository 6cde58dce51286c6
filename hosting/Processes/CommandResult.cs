namespace Chat.Hosting.Processes;

/// <summary>What a command that ran to its end left.</summary>
internal sealed class CommandResult
{
    private const int MaxLines = 5000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _output = new();
    private readonly Queue<string> _errors = new();

    /// <summary>-1 when it was killed at its timeout.</summary>
    public int ExitCode { get; set; } = -1;

    public bool Succeeded => ExitCode == 0;

    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The last lines of standard error, or of the output when there is none, for a message to a person.</summary>
    public string Complaint => string.Join(Environment.NewLine, (Copy(_errors) is { Count: > 0 } errors ? errors : Output).TakeLast(5));

    internal void Add(string line, bool isError)
    {
        lock (_lock)
        {
            var lines = isError ? _errors : _output;
            if (lines.Count == MaxLines)
                lines.Dequeue();
            lines.Enqueue(line);
        }
    }

    private IReadOnlyList<string> Copy(Queue<string> lines)
    {
        lock (_lock)
            return [.. lines];
    }
}
