namespace Chat.Hosting.Servers;

/// <summary>A server wanted by the application model.</summary>
/// <param name="Name">The resource name; also names processes and containers.</param>
/// <param name="DataDirectory">Where its data lives. The same directory, user and password again give the same data. See <see cref="LocalServer.DataDirectory"/>.</param>
/// <param name="Persistent">Whether the data outlives the application. Without it Redis writes nothing to disk, and containers get no volume.</param>
/// <param name="Port">The port on 127.0.0.1.</param>
/// <param name="UserName">The administrator to create. Redis knows its default user only.</param>
/// <param name="Progress">Told what is going on whenever preparing takes more than a moment: a phrase without an end mark.</param>
internal sealed record ServerRequest(string Name, string DataDirectory, bool Persistent, int Port, string UserName, string Password, IProgress<string> Progress)
{
    /// <summary>Where to look. Null: the environment variable CHAT_SERVER_SOURCE (container, installed, download), else each in that order.</summary>
    public ServerSource? Source { get; init; }

    /// <summary>Where downloaded servers are kept. Null: the cache directory of the user.</summary>
    public string? CacheDirectory { get; init; }
}

/// <summary>Where a server comes from.</summary>
internal enum ServerSource
{
    Container,
    Installed,
    Download,
}
