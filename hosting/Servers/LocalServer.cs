using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>A server that is ready to be started, on data that is ready to be used.</summary>
internal abstract class LocalServer
{
    /// <summary>In the order to start them; stop them in reverse. Each may be restarted by itself after a crash.</summary>
    public required IReadOnlyList<ProcessSpec> Processes { get; init; }

    /// <summary>Where the data really is: PostgreSQL under root cannot use a directory that its user cannot reach. Delete this one when it is to go.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The data directory, when it is to go and is not where it was asked to be.</summary>
    public ThrowAwayFolder? ThrowAway { get; init; }

    /// <summary>Says where the server comes from, for a person: "container postgres:17", "/usr/lib/postgresql/15/bin".</summary>
    public required string Origin { get; init; }

    /// <summary>Whether a real login with the requested credentials works now. Answers within 3 s; false, not an exception, when it does not.</summary>
    public abstract Task<bool> IsReadyAsync(CancellationToken cancellationToken);
}
