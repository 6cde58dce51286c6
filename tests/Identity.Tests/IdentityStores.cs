using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using TestStores = Chat.Stores.Stores;

namespace Chat.Identity.Tests;

/// <summary>The stores, one replica of identity that most tests share, and more replicas for those that need their own.</summary>
public sealed class IdentityStores : IAsyncLifetime
{
    /// <summary>Databases 0 to 15 of Redis: a test that empties Redis takes one of its own.</summary>
    private int _lastRedisDatabase;

    private RunningService<IdentityService>? _shared;

    public TestStores Stores { get; } = new();

    public string Database { get; private set; } = "";

    public RunningService<IdentityService> Shared => _shared ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async ValueTask InitializeAsync()
    {
        await Stores.InitializeAsync();
        Database = await Stores.CreateDatabaseAsync("identitydb");
        _shared = Start(Database);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
            await _shared.DisposeAsync();
        await Stores.DisposeAsync();
    }

    public Task<string> CreateDatabaseAsync() => Stores.CreateDatabaseAsync("identitydb");

    /// <summary>A connection string for a database of Redis that no other test uses.</summary>
    public string RedisOfItsOwn() => $"{Patient(Stores.Redis)},defaultDatabase={Interlocked.Increment(ref _lastRedisDatabase)}";

    public async Task<IConnectionMultiplexer> ConnectRedisAsync(string connection) => await ConnectionMultiplexer.ConnectAsync(connection);

    /// <summary>A replica on a database of its own, for a test that sets its clock: on another's, it would send others' mails and turn their keys by that clock.</summary>
    internal async Task<RunningService<IdentityService>> StartAloneAsync(OffsetClock clock, IReadOnlyDictionary<string, string?>? settings = null) =>
        Start(await CreateDatabaseAsync(), settings, services => services.AddClock(clock));

    /// <summary>One more replica. Passwords are hashed cheaply unless <paramref name="settings"/> says otherwise.</summary>
    public RunningService<IdentityService> Start(
        string database, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var all = new Dictionary<string, string?>
        {
            ["ServiceKey"] = TestStores.ServiceKey,
            ["ConnectionStrings:identitydb"] = database,
            ["ConnectionStrings:redis"] = Patient(Stores.Redis),
            ["ConnectionStrings:rabbitmq"] = Stores.RabbitMq,

            // The machine may stand still for seconds, which is no test of what happens then. What is tested so is cut off: it fails at once, or has its own limit.
            ["Attempts:RedisTimeout"] = "00:00:20",
            ["Sessions:RedisTimeout"] = "00:00:20",
            ["EventBus:ConfirmedWithin"] = settings?.ContainsKey("ConnectionStrings:rabbitmq") == true ? null : "00:00:30",
            ["Passwords:Iterations"] = "1000",
            ["Passwords:Queue"] = "1000",

            // All tests come from one address.
            ["SignIn:PerAddress"] = "100000",

            // A test may ask for many mails to one mailbox.
            ["Accounts:MailRequestsPerMinute"] = "100000",
            ["Accounts:MailRequestsPerDay"] = "100000",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            all[key] = value;

        // A null leaves the setting to the service's default.
        return RunningService.Start<IdentityService>(all.Where(setting => setting.Value is not null).ToDictionary(), services);
    }

    private static string Patient(string redis) => $"{redis},syncTimeout=20000";
}
