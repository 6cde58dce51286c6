using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Chat.Hosting.Processes;

namespace Chat.Hosting.Servers;

/// <summary>RabbitMQ with everything of its own: port mapper, node, cookie, data. Nothing of it clashes with another broker on the machine.</summary>
internal sealed partial class RabbitMqServer : LocalServer
{
    private const string Image = "docker.io/library/rabbitmq:4-alpine";

    private readonly ServerRequest _request;

    private RabbitMqServer(ServerRequest request) => _request = request;

    public static async Task<RabbitMqServer?> FromContainerAsync(ServerRequest request, ContainerRuntime runtime, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        if (!await runtime.HasImageAsync(spawner, Image, request.Progress, cancellationToken))
            return null;
        var environment = new Dictionary<string, string> { ["RABBITMQ_DEFAULT_USER"] = request.UserName, ["RABBITMQ_DEFAULT_PASS"] = request.Password };
        // The node's name contains the host's, and the data belongs to the node.
        var spec = runtime.Run(request, Image, 5672, "/var/lib/rabbitmq", environment, ["--hostname", "chat"], []) with { StopTimeout = TimeSpan.FromSeconds(30) };
        return new RabbitMqServer(request) { Processes = [spec], DataDirectory = request.DataDirectory, Origin = $"container {Image}" };
    }

    public static async Task<RabbitMqServer?> FromInstallationAsync(ServerRequest request, Installation installation, CancellationToken cancellationToken)
    {
        if (installation.RabbitMq() is not { } script)
            return null;
        // A machine that has Erlang but no RabbitMQ downloads only the latter.
        var erlang = installation.Erlang() is null ? Installation.Machine : installation;
        if (erlang.Erlang() is not { } erlangFolder || erlang.Epmd() is not { } epmdProgram)
            return null;

        var data = ServerFolders.CreatePrivate(request.DataDirectory, owner: null);
        await ServerFolders.WriteSecretAsync(Path.Combine(data, "rabbitmq.config"), Configuration(request), owner: null, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(data, "enabled_plugins"), "[].\n", cancellationToken);

        var environment = new Dictionary<string, string>(installation.Environment)
        {
            ["HOME"] = data,
            ["PATH"] = $"{erlangFolder}:{Environment.GetEnvironmentVariable("PATH")}",
            ["ERL_EPMD_PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
            // Never a port mapper that Erlang starts by itself as a daemon: it would outlive the application.
            ["ERL_ZFLAGS"] = "-start_epmd false",
            ["ERL_CRASH_DUMP_SECONDS"] = "0",
        };
        var epmd = new ProcessSpec
        {
            Name = $"{request.Name}-epmd",
            FileName = epmdProgram,
            Arguments = ["-port", environment["ERL_EPMD_PORT"], "-address", "127.0.0.1"],
            WorkingDirectory = data,
            Environment = environment,
            StopTimeout = TimeSpan.FromSeconds(3),
        };
        var broker = new ProcessSpec
        {
            Name = request.Name,
            // What someone set for another broker would win over the configuration file.
            FileName = "/usr/bin/env",
            Arguments = ["-u", "RABBITMQ_DEFAULT_USER", "-u", "RABBITMQ_DEFAULT_PASS", "-u", "RABBITMQ_DEFAULT_VHOST", "-u", "RABBITMQ_SERVER_START_ARGS", script],
            WorkingDirectory = data,
            Environment = new Dictionary<string, string>(environment)
            {
                // The script then becomes the broker instead of waiting for it.
                ["detached"] = "1",
                ["RABBITMQ_NODENAME"] = "chat@localhost",
                ["RABBITMQ_USE_LONGNAME"] = "false",
                ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_NODE_PORT"] = request.Port.ToString(CultureInfo.InvariantCulture),
                ["RABBITMQ_CONFIG_FILE"] = Path.Combine(data, "rabbitmq.config"),
                ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
                ["RABBITMQ_MNESIA_BASE"] = Path.Combine(data, "mnesia"),
                ["RABBITMQ_LOG_BASE"] = Path.Combine(data, "log"),
                ["RABBITMQ_LOGS"] = "-",
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(data, "enabled_plugins"),
                ["RABBITMQ_PLUGINS_DIR"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(script) ?? "/", "..", "plugins")),
                ["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(data, "config"),
                ["RABBITMQ_PID_FILE"] = Path.Combine(data, "pid"),
                ["RABBITMQ_DIST_PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
                ["RABBITMQ_SCHEDULER_BIND_TYPE"] = "u",
                ["RABBITMQ_MAX_NUMBER_OF_PROCESSES"] = "131072",
                ["ERL_MAX_PORTS"] = "16384",
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = string.Create(CultureInfo.InvariantCulture, $"+S {Math.Clamp(Environment.ProcessorCount, 1, 4)} +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {{127,0,0,1}}"),
            },
            StopTimeout = TimeSpan.FromSeconds(30),
        };
        return new RabbitMqServer(request) { Processes = [epmd, broker], DataDirectory = data, Origin = script };
    }

    /// <summary>Erlang's start script contains the folder it was built for.</summary>
    public static void Relocate(string unpacked, string target)
    {
        var script = Path.Combine(unpacked, "usr/lib/erlang/bin/erl");
        if (File.Exists(script))
            File.WriteAllText(script, RootDirectory().Replace(File.ReadAllText(script), _ => $"ROOTDIR=\"{target}/usr/lib/erlang\""));
    }

    public override Task<bool> IsReadyAsync(CancellationToken cancellationToken) =>
        AmqpHandshake.SucceedsAsync(new ServerAddress("127.0.0.1", _request.Port), _request.UserName, _request.Password, "/", cancellationToken);

    // Erlang terms. The user is created only when the data directory is empty.
    private static string Configuration(ServerRequest request) => $$$"""
        [{rabbit, [
          {default_user, {{{Binary(request.UserName)}}}},
          {default_pass, {{{Binary(request.Password)}}}},
          {vm_memory_high_watermark, {absolute, 402653184}},
          {disk_free_limit, 50000000},
          {log, [{console, [{enabled, true}, {level, warning}]}]}
        ]}].

        """;

    private static string Binary(string value) => $"<<{string.Join(',', Encoding.UTF8.GetBytes(value))}>>";

    [GeneratedRegex("""ROOTDIR="?/usr/lib/erlang"?""")]
    private static partial Regex RootDirectory();
}
