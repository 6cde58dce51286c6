using System.Net;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Identity.Tests.TwoFactor;

/// <summary>The tests that share <see cref="TwoReplicas"/>: one after the other, because they set its clock forward.</summary>
[CollectionDefinition(Name)]
public sealed class SharedReplicas : ICollectionFixture<TwoReplicas>
{
    public const string Name = "two replicas";
}

/// <summary>Two replicas on a database of their own, with one clock that tests set forward.</summary>
public sealed class TwoReplicas(IdentityStores stores) : IAsyncLifetime
{
    // Counted in Redis, by real time.
    private static readonly Dictionary<string, string?> ManyMails = new() { ["TwoFactor:MailedCodesPerMinute"] = "1000", ["TwoFactor:MailedCodesPerHour"] = "1000" };

    private string _database = "";
    private RunningService<IdentityService>? _first;
    private RunningService<IdentityService>? _second;

    internal OffsetClock Clock { get; } = new();

    internal RunningService<IdentityService> First => _first ?? throw new InvalidOperationException("The fixture is not initialised.");

    internal RunningService<IdentityService> Second => _second ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async ValueTask InitializeAsync()
    {
        _database = await stores.CreateDatabaseAsync();
        _first = Start(ManyMails);
        _second = Start(ManyMails);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in new[] { _first, _second })
        {
            if (replica is not null)
                await replica.DisposeAsync();
        }
    }

    /// <summary>Sets the clock to where a step of authenticator apps begins: half a minute in which their codes stay the same.</summary>
    internal void BeginStep() => Clock.Advance(TimeSpan.FromMilliseconds(30_000 - Clock.GetUtcNow().ToUnixTimeMilliseconds() % 30_000));

    /// <summary>A third one, with other settings: the service's limits of mailed codes unless they say otherwise.</summary>
    internal RunningService<IdentityService> Start(IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null) =>
        stores.Start(_database, settings, all =>
        {
            all.AddClock(Clock);
            services?.Invoke(all);
        });

    /// <summary>Registers somebody who signs in.</summary>
    /// <param name="replica">Where; at the first by default.</param>
    internal async Task<Person> NewPersonAsync(RunningService<IdentityService>? replica = null)
    {
        var username = Calls.NewName();
        using var client = First.CreateClient();
        (await client.RegisterAsync(username)).Expect(HttpStatusCode.Created);
        var person = new Person(this, replica ?? First, username);
        await person.SignInAsync();
        return person;
    }

    internal async Task<T?> SqlAsync<T>(string sql, params object[] arguments)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        foreach (var argument in arguments)
            command.Parameters.AddWithValue(argument);
        return await command.ExecuteScalarAsync(Calls.Cancel) is T value ? value : default;
    }
}
