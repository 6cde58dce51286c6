using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests.TwoFactor;

/// <summary>Two replicas on a database of their own, whose clock the tests of one class set forward, one after the other.</summary>
public sealed class TwoReplicas(IdentityStores stores) : IAsyncLifetime
{
    private string _database = "";
    private RunningService<IdentityService>? _first;
    private RunningService<IdentityService>? _second;

    internal OffsetClock Clock { get; } = new();

    internal RunningService<IdentityService> First => _first ?? throw new InvalidOperationException("The fixture is not initialised.");

    internal RunningService<IdentityService> Second => _second ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async ValueTask InitializeAsync()
    {
        _database = await stores.CreateDatabaseAsync();
        _first = Start();
        _second = Start();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in new[] { _first, _second })
        {
            if (replica is not null)
                await replica.DisposeAsync();
        }
    }

    internal RunningService<IdentityService> Start(IReadOnlyDictionary<string, string?>? settings = null) =>
        stores.Start(_database, settings, services => services.AddClock(Clock));

    /// <summary>Registers somebody who signs in.</summary>
    internal async Task<Person> NewPersonAsync()
    {
        var username = Calls.NewName();
        using var client = First.CreateClient();
        (await client.RegisterAsync(username)).Expect(HttpStatusCode.Created);
        var person = new Person(this, username);
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
