using System.Globalization;
using Chat.Hosting.Processes;
using Npgsql;

namespace Chat.Hosting.Servers;

/// <summary>PostgreSQL with scram passwords and fsync on.</summary>
internal sealed class PostgresServer : LocalServer
{
    private const string Image = "docker.io/library/postgres:17";

    private static readonly string[] Settings =
    [
        "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB", "-c", "fsync=on", "-c", "jit=off",
    ];

    /// <summary>Administrator's connection string, to the database "postgres".</summary>
    public required string ConnectionString { get; init; }

    public static async Task<PostgresServer?> FromContainerAsync(ServerRequest request, ContainerRuntime runtime, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        if (!await runtime.HasImageAsync(spawner, Image, request.Progress, cancellationToken))
            return null;
        var environment = new Dictionary<string, string>
        {
            ["POSTGRES_USER"] = request.UserName,
            ["POSTGRES_PASSWORD"] = request.Password,
            ["POSTGRES_DB"] = "postgres",
            ["POSTGRES_INITDB_ARGS"] = "--auth=scram-sha-256 --locale=C.UTF-8 --encoding=UTF8",
        };
        var spec = runtime.Run(request, Image, 5432, "/var/lib/postgresql/data", environment, ["--stop-signal", "SIGINT"], ["postgres", .. Settings]);
        return new PostgresServer { Processes = [spec], DataDirectory = request.DataDirectory, Origin = $"container {Image}", ConnectionString = ConnectionTo(request) };
    }

    public static async Task<PostgresServer?> FromInstallationAsync(ServerRequest request, Installation installation, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        if (!installation.PostgresFolders().Any())
            return null;
        // It refuses to run as root.
        var owner = Environment.IsPrivilegedProcess ? Account.TryFind("postgres") ?? Account.Find("65534") : null;
        var home = ServerFolders.Reachable(request.DataDirectory, owner);
        var throwAway = request.Persistent || home == Path.GetFullPath(request.DataDirectory) ? null : ThrowAwayFolder.Claim(home);
        try
        {
            return await InHomeAsync(request, installation, home, owner, throwAway, spawner, cancellationToken);
        }
        catch
        {
            throwAway?.Dispose();
            throw;
        }
    }

    private static async Task<PostgresServer> InHomeAsync(ServerRequest request, Installation installation, string home, Account? owner, ThrowAwayFolder? throwAway, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        ServerFolders.CreatePrivate(home, owner);
        var data = Path.Combine(home, "data");
        var wanted = await ReadVersionAsync(data, cancellationToken);
        string? folder = null;
        foreach (var candidate in installation.PostgresFolders())
        {
            if (wanted is null || wanted == await VersionOfAsync(candidate, installation, spawner, cancellationToken))
            {
                folder = candidate;
                break;
            }
        }

        if (folder is null)
            throw new ServerUnavailableException($"The data in {home} was written by PostgreSQL {wanted}: install that version, or delete the directory to start afresh.");

        var common = new ProcessSpec
        {
            Name = request.Name,
            FileName = Path.Combine(folder, "postgres"),
            WorkingDirectory = home,
            Environment = new Dictionary<string, string>(installation.Environment) { ["HOME"] = home, ["LC_ALL"] = Locale, ["PGDATA"] = data },
            RunAs = owner?.UserId.ToString(CultureInfo.InvariantCulture),
        };
        if (wanted is null)
            await InitialiseAsync(request, common with { FileName = Path.Combine(folder, "initdb") }, home, data, owner, spawner, cancellationToken);

        var server = common with
        {
            Arguments =
            [
                "-D", data, "-p", request.Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                "-c", "logging_collector=off", "-c", "log_destination=stderr", .. Settings,
            ],
            // Ends sessions instead of waiting for them, and still writes a checkpoint.
            StopSignal = StopSignal.Interrupt,
            StopTimeout = TimeSpan.FromSeconds(20),
        };
        return new PostgresServer { Processes = [server], DataDirectory = home, ThrowAway = throwAway, Origin = folder, ConnectionString = ConnectionTo(request) };
    }

    public override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, Timeout = 3, CommandTimeout = 3, GssEncryptionMode = GssEncryptionMode.Disable }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            return await command.ExecuteScalarAsync(cancellationToken) is 1;
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Creates a database unless it exists.</summary>
    public Task CreateDatabaseAsync(string name, CancellationToken cancellationToken) => CreateDatabaseAsync(ConnectionString, name, cancellationToken);

    /// <summary>Creates a database unless it exists, on any server whose connection string may create one.</summary>
    public static async Task CreateDatabaseAsync(string connectionString, string name, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, GssEncryptionMode = GssEncryptionMode.Disable };
        settings.Database ??= "postgres";
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        try
        {
            // A database name cannot be a parameter; a quoted identifier is safe.
            await using var create = connection.CreateCommand();
            create.CommandText = $"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Someone else was faster: what was wanted is there.
            return;
        }
    }

    private static string Locale => OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8";

    private static string ConnectionTo(ServerRequest request) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = request.Port,
        Username = request.UserName,
        Password = request.Password,
        Database = "postgres",
    }.ConnectionString;

    // Into a folder that gets its name when it is complete: a start that was killed is repeated, not continued.
    private static async Task InitialiseAsync(ServerRequest request, ProcessSpec initdb, string home, string data, Account? owner, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        request.Progress.Report("creating the database cluster");
        var unfinished = data + ".new";
        var passwordFile = Path.Combine(home, "password");
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        try
        {
            await ServerFolders.WriteSecretAsync(passwordFile, request.Password + "\n", owner, cancellationToken);
            var result = await spawner.RunAsync(
                initdb with { Arguments = ["-D", unfinished, "-U", request.UserName, "-A", "scram-sha-256", "--pwfile", passwordFile, "--encoding", "UTF8", "--locale", Locale] },
                TimeSpan.FromMinutes(2), cancellationToken);
            if (!result.Succeeded)
                throw new ServerUnavailableException($"PostgreSQL could not create its data in {home}: {result.Complaint}");
            Directory.Move(unfinished, data);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static async Task<string?> ReadVersionAsync(string data, CancellationToken cancellationToken) =>
        File.Exists(Path.Combine(data, "PG_VERSION")) ? (await File.ReadAllTextAsync(Path.Combine(data, "PG_VERSION"), cancellationToken)).Trim() : null;

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    private static async Task<string?> VersionOfAsync(string folder, Installation installation, ProcessSpawner spawner, CancellationToken cancellationToken)
    {
        var spec = new ProcessSpec { Name = "postgres", FileName = Path.Combine(folder, "postgres"), Arguments = ["--version"], Environment = installation.Environment };
        var result = await spawner.RunAsync(spec, TimeSpan.FromSeconds(10), cancellationToken);
        return result.Output.ElementAtOrDefault(0)?.Split(") ", 2).LastOrDefault()?.Split('.', 2)[0];
    }
}
