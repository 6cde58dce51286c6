using System.Net;
using System.Net.Sockets;
using Chat.Messaging.Tests;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(World))]

namespace Chat.Messaging.Tests;

/// <summary>Identity, servers and two replicas of messaging, on real stores. Each test opens rooms of its own.</summary>
public sealed partial class World : IAsyncLifetime
{
    private readonly Stores.Stores _stores = new();
    private RunningService<MessagingService>? _a;
    private RunningService<MessagingService>? _b;
    private readonly Lock _kept = new();
    private (Task<Room>? Room, long Since) _sharedRoom;
    private (Task<Room>? Room, long Since) _longRoom;

    /// <summary>One replica.</summary>
    public RunningService<MessagingService> A => _a ?? throw new InvalidOperationException("Not started.");

    /// <summary>The other, on the same database.</summary>
    public RunningService<MessagingService> B => _b ?? throw new InvalidOperationException("Not started.");

    /// <summary>Connection string of the replicas' database.</summary>
    public string Database { get; private set; } = "";

    public string Postgres => _stores.Postgres;

    public string Redis => _stores.Redis;

    public string RabbitMq => _stores.RabbitMq;

    public async ValueTask InitializeAsync()
    {
        await _stores.InitializeAsync();
        // Servers and messaging ask each other: the address is known before messaging listens there, and nobody else takes it meanwhile.
        using var held = new TcpListener(IPAddress.Loopback, NodePackage.FreePort());
        held.Start();
        var port = ((IPEndPoint)held.LocalEndpoint).Port;
        await StartPlatformAsync(port);
        Database = await CreateDatabaseAsync();
        held.Stop();
        _a = Start(Database, port);
        _b = Start(Database);
        await Task.WhenAll(_a.ListensAsync(), _b.ListensAsync(), Servers.ListensAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await StopPlatformAsync();
        await _stores.DisposeAsync();
    }

    public Task<string> CreateDatabaseAsync() => CreateDatabaseAsync("messagingdb");

    /// <summary>Starts a replica of messaging, which the caller stops. On a database of its own it hears of everything that happens in the world, too.</summary>
    public RunningService<MessagingService> Start(string database, params (string Key, string Value)[] settings) => Start(database, 0, null, settings);

    /// <summary>Starts a replica that finds no broker, for tests of what queues and locks do: nothing but the test itself does anything there. It announces nothing.</summary>
    /// <param name="services">Replaces registrations, the clock for example.</param>
    public RunningService<MessagingService> StartDeaf(string database, Action<IServiceCollection>? services = null, params (string Key, string Value)[] settings) =>
        Start(database, 0, services, [("ConnectionStrings:rabbitmq", "amqp://guest:guest@127.0.0.1:9"), .. settings]);

    /// <summary>
    /// A new database, for whose connections and answers a busy test machine may be waited for. Idle connections end soon: the tests have a hundred databases, and the server room for two hundred
    /// connections.
    /// </summary>
    private async Task<string> CreateDatabaseAsync(string name) => new NpgsqlConnectionStringBuilder(await _stores.CreateDatabaseAsync(name, Ending))
    {
        Timeout = 30,
        CommandTimeout = 60,
        ConnectionIdleLifetime = 15,
        ConnectionPruningInterval = 5,
    }.ConnectionString;

    private RunningService<MessagingService> Start(string database, int port, Action<IServiceCollection>? services = null, params (string Key, string Value)[] settings)
    {
        var all = Settings();
        all["ConnectionStrings:messagingdb"] = database;
        // A busy test machine is no reason to give up; tests about the limits set their own.
        all["Writer:MaxWait"] = "00:01:00";
        all["Writer:CommitTimeout"] = "00:01:00";
        all["Search:Timeout"] = "00:00:30";
        // Nor may tests wait for one another's limits: those of the limits have their own replicas.
        all["Limits:Enabled"] = "false";
        // What is due is looked for soon.
        all["Threads:Every"] = "00:00:00.2";
        all["Scheduling:Every"] = "00:00:00.2";
        foreach (var (key, value) in settings)
            all[key] = value;
        return RunningService.Start<MessagingService>(all, services, port);
    }

    /// <summary>A room that tests share which store nothing in it.</summary>
    internal Task<Room> SharedRoomAsync() => Kept(ref _sharedRoom, () => OpenRoomAsync());

    /// <summary>A room with the messages 1 to 52, which tests only read.</summary>
    internal Task<Room> LongRoomAsync() => Kept(ref _longRoom, OpenLongRoomAsync);

    /// <summary>The one that there is, as long as its owner's token, which lives for five minutes, is good for whatever a test does.</summary>
    private Task<Room> Kept(ref (Task<Room>? Room, long Since) kept, Func<Task<Room>> openAsync)
    {
        lock (_kept)
        {
            if (kept.Room is not { IsFaulted: false, IsCanceled: false } || TimeProvider.System.GetElapsedTime(kept.Since) > TimeSpan.FromMinutes(2))
                kept = (openAsync(), TimeProvider.System.GetTimestamp());
            return kept.Room;
        }
    }

    private async Task<Room> OpenLongRoomAsync()
    {
        var room = await OpenRoomAsync();
        for (var i = 1; i <= 52; i++)
            await room.SendAsync($"message {i}", $"nonce-{i}");
        return room;
    }
}
