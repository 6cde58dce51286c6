using System.Text;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>Redis with a password, configured over standard input so that the password is in no file and no process list.</summary>
internal sealed class RedisServer : LocalServer
{
    private const string Image = "docker.io/library/redis:7-alpine";

    private readonly int _port;
    private readonly string _password;

    private RedisServer(ServerRequest request)
    {
        _port = request.Port;
        _password = request.Password;
    }

    public static async Task<RedisServer?> FromContainerAsync(ServerRequest request, ContainerRuntime runtime, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        if (!await runtime.HasImageAsync(spawner, Image, request.Progress, cancellationToken))
            return null;
        var spec = runtime.Run(request, Image, 6379, "/data", new Dictionary<string, string>(), ["--interactive"], ["redis-server", "-"])
            with
        { StandardInput = Configuration(request, "0.0.0.0", 6379, "/data") };
        return new RedisServer(request) { Processes = [spec], DataDirectory = request.DataDirectory, Origin = $"container {Image}" };
    }

    public static RedisServer? FromInstallation(ServerRequest request, Installation installation)
    {
        if (installation.Redis() is not { } program)
            return null;
        var data = ServerFolders.CreatePrivate(request.DataDirectory, owner: null);
        var spec = new ProcessSpec
        {
            Name = request.Name,
            FileName = program,
            Arguments = ["-"],
            WorkingDirectory = data,
            Environment = installation.Environment,
            StandardInput = Configuration(request, "127.0.0.1", request.Port, data),
        };
        return new RedisServer(request) { Processes = [spec], DataDirectory = data, Origin = program };
    }

    public override Task<bool> IsReadyAsync(CancellationToken cancellationToken) => RedisLogin.SucceedsAsync(new ServerAddress("127.0.0.1", _port), "", _password, cancellationToken);

    private static string Configuration(ServerRequest request, string address, int port, string data) => FormattableString.Invariant($"""
        bind {address}
        port {port}
        requirepass {Quote(request.Password)}
        dir {Quote(data)}
        save ""
        appendonly {(request.Persistent ? "yes" : "no")}
        maxmemory 256mb
        maxmemory-policy noeviction

        """);

    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var b in Encoding.UTF8.GetBytes(value))
            quoted.Append(char.IsAsciiLetterOrDigit((char)b) || b is (byte)'/' or (byte)'-' or (byte)'_' or (byte)'.' ? ((char)b).ToString() : FormattableString.Invariant($"\\x{b:x2}"));
        return quoted.Append('"').ToString();
    }
}
