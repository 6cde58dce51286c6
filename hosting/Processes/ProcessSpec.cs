namespace Chat.Hosting.Processes;

/// <summary>What asks a process to end in good order.</summary>
internal enum StopSignal
{
    Terminate,
    Interrupt,
}

/// <summary>A process to start: everything the spawner needs, nothing it decides by itself.</summary>
internal sealed record ProcessSpec
{
    /// <summary>Names the process in messages and pid files.</summary>
    public required string Name { get; init; }

    /// <summary>An absolute path, or a name looked up in PATH.</summary>
    public required string FileName { get; init; }

    /// <summary>Visible to every user of the machine: never a secret.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public string? WorkingDirectory { get; init; }

    /// <summary>Added to, and winning over, the environment of the engine.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Written to standard input, which is then closed. Null: standard input stays open and silent until the engine ends.</summary>
    public string? StandardInput { get; init; }

    public StopSignal StopSignal { get; init; } = StopSignal.Terminate;

    /// <summary>From the stop signal to SIGKILL.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A user name or a numeric uid to run as. Only root may use it.</summary>
    public string? RunAs { get; init; }

    /// <summary>A command that ends what the process leaves outside its own tree (a container). Run before the start, after the end, and when the engine is killed.</summary>
    public IReadOnlyList<string> Cleanup { get; init; } = [];
}
