using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>Somebody signed in, at an address of their own, so that attempts are counted apart from other tests'.</summary>
internal sealed class PasskeyPerson : IDisposable
{
    private PasskeyPerson(string username, HttpClient client) => (Username, Client) = (username, client);

    public string Username { get; }

    public HttpClient Client { get; }

    public static async Task<PasskeyPerson> NewAsync(RunningService<IdentityService> identity)
    {
        var (username, token, _, _) = await identity.NewPersonAsync();
        return new PasskeyPerson(username, Elsewhere(identity, token));
    }

    /// <summary>A client at an address that nobody else has.</summary>
    public static HttpClient Elsewhere(RunningService<IdentityService> identity, string? token = null)
    {
        var client = identity.CreateClient(token);
        var (name, address) = MailCalls.FromSomewhere();
        client.DefaultRequestHeaders.Add(name, address);
        return client;
    }

    /// <summary>Changes the account behind the service's back: <c>password_hash = null</c>.</summary>
    public async Task SetAsync(IdentityStores stores, string assignment)
    {
        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand($"update accounts set {assignment} where username = $1");
        command.Parameters.AddWithValue(Username);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Calls.Cancel));
    }

    public void Dispose() => Client.Dispose();
}
