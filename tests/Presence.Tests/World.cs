using Chat.Identity;
using Chat.Messaging;
using Chat.Presence.Tests;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(World))]

namespace Chat.Presence.Tests;

/// <summary>Identity, messaging and two replicas of presence, on real stores. Each test has people of its own.</summary>
public sealed class World : IAsyncLifetime
{
    private readonly Stores.Stores _stores = new();
    private readonly SemaphoreSlim _signUps = new(2);
    private RunningService<IdentityService>? _identity;
    private RunningService<MessagingService>? _messaging;
    private RunningService<PresenceService>? _a;
    private RunningService<PresenceService>? _b;
    private ConnectionMultiplexer? _redis;

    /// <summary>One replica.</summary>
    public RunningService<PresenceService> A => _a ?? throw new InvalidOperationException("Not started.");

    /// <summary>The other, on the same database.</summary>
    public RunningService<PresenceService> B => _b ?? throw new InvalidOperationException("Not started.");

    public RunningService<IdentityService> Identity => _identity ?? throw new InvalidOperationException("Not started.");

    public RunningService<MessagingService> Messaging => _messaging ?? throw new InvalidOperationException("Not started.");

    /// <summary>Connection string of the replicas' database.</summary>
    public string Database { get; private set; } = "";

    public string MessagingDatabase { get; private set; } = "";

    public string RabbitMq => _stores.RabbitMq;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _stores.InitializeAsync();
        _redis = await ConnectionMultiplexer.ConnectAsync(_stores.Redis);
        var identity = Settings();
        identity["ConnectionStrings:identitydb"] = await _stores.CreateDatabaseAsync("identitydb");
        identity["Passwords:Iterations"] = "1000";
        _identity = RunningService.Start<IdentityService>(identity);

        var messaging = Settings();
        messaging["ConnectionStrings:messagingdb"] = MessagingDatabase = await _stores.CreateDatabaseAsync("messagingdb");
        _messaging = RunningService.Start<MessagingService>(messaging);

        Database = await CreateDatabaseAsync();
        _a = Start(Database);
        _b = Start(Database);
        await Task.WhenAll(Messaging.ListensAsync(), A.ListensAsync(), B.ListensAsync());
        // Until then requests are not counted.
        foreach (var replica in new[] { A, B })
            await Eventually.HoldsAsync("a replica has found Redis", TimeSpan.FromSeconds(60), () => Task.FromResult(replica.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected));
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Messaging.DisposeAsync();
        await Identity.DisposeAsync();
        _redis?.Dispose();
        _signUps.Dispose();
        await _stores.DisposeAsync();
    }

    public Task<string> CreateDatabaseAsync() => _stores.CreateDatabaseAsync("presencedb");

    /// <summary>Starts a replica of presence, which the caller stops.</summary>
    public RunningService<PresenceService> Start(string database, params (string Key, string Value)[] settings)
    {
        var all = Settings();
        all["ConnectionStrings:presencedb"] = database;
        // A busy test machine is no reason to count nothing.
        all["Friends:RedisTimeout"] = "00:00:30";
        foreach (var (key, value) in settings)
            all[key] = value;
        return RunningService.Start<PresenceService>(all);
    }

    /// <summary>Somebody with an account and a token, seen through replica A.</summary>
    internal async Task<Somebody> PersonAsync(string name = "ada")
    {
        // Identity checks a bounded number of passwords at once and turns the rest away.
        await _signUps.WaitAsync(Ending);
        try
        {
            return new Somebody(await Identity.SignUpAsync(name, Ending), A, this);
        }
        finally
        {
            _signUps.Release();
        }
    }

    /// <summary>Two people, the second seen through replica B.</summary>
    internal async Task<(Somebody Ada, Somebody Bob)> TwoAsync()
    {
        var people = await Task.WhenAll(PersonAsync(), PersonAsync("bob"));
        return (people[0], people[1].At(B));
    }

    /// <summary>Two friends.</summary>
    internal async Task<(Somebody Ada, Somebody Bob)> FriendsAsync()
    {
        var (ada, bob) = await TwoAsync();
        await ada.AskAsync(bob);
        await bob.AcceptAsync(ada);
        return (ada, bob);
    }

    /// <summary>Forgets how many requests somebody has made in this minute.</summary>
    internal Task ForgetRequestsAsync(Guid user) => (_redis ?? throw new InvalidOperationException("Not started.")).AskAsync(store => store.KeyDeleteAsync(Friends.RequestAllowance.Key(user)));

    /// <summary>Whether messaging has it that the one blocks the other; null when it has never heard of it.</summary>
    internal Task<bool?> MessagingHasBlockAsync(Guid blocker, Guid blocked) => MessagingHasAsync("select (select active from blocks where blocker = $1 and blocked = $2)", blocker, blocked);

    /// <summary>Whether messaging has it that the two are friends; null when it has never heard of it.</summary>
    internal Task<bool?> MessagingHasFriendsAsync(Guid one, Guid other) =>
        MessagingHasAsync("select (select active from friendships where a = least($1, $2) and b = greatest($1, $2))", one, other);

    private async Task<bool?> MessagingHasAsync(string sql, Guid one, Guid other) => await Sql.ScalarAsync<object>(MessagingDatabase, sql, one, other) as bool?;

    private Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings:redis"] = _stores.Redis,
        ["ConnectionStrings:rabbitmq"] = _stores.RabbitMq,
        ["ServiceKey"] = Stores.Stores.ServiceKey,
        ["services:identity:http:0"] = _identity?.Address.ToString(),
        ["services:messaging:http:0"] = _messaging?.Address.ToString(),
    };
}
