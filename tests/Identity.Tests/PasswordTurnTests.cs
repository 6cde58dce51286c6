using System.Net;

namespace Chat.Identity.Tests;

public sealed class PasswordTurnTests(IdentityStores stores)
{
    [Fact]
    public async Task G6_Strangers_who_occupy_the_hashing_do_not_keep_a_known_device_waiting()
    {
        var database = await stores.CreateDatabaseAsync();
        string name, device;
        await using (var quick = stores.Start(database))
        {
            using var client = quick.CreateClient();
            name = Calls.NewName();
            (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
            device = (await client.LoginAsync(name)).Expect(HttpStatusCode.OK).SetCookies.Single(c => c.StartsWith("chat_device=", StringComparison.Ordinal)).Split(';')[0];
        }

        // One turn for strangers, nobody may wait, and two of them who never stop.
        await using var slow = stores.Start(database, new Dictionary<string, string?> { ["Passwords:Iterations"] = "500000", ["Passwords:Concurrency"] = "2", ["Passwords:Queue"] = "0" });
        using var strangers = slow.CreateClient();
        using var owner = slow.CreateClient();
        var turnedAway = 0;
        var stopped = false;
        var occupying = Enumerable.Range(0, 2).Select(async _ =>
        {
            while (!Volatile.Read(ref stopped))
            {
                if ((await strangers.LoginAsync(Calls.NewName())).Status == HttpStatusCode.ServiceUnavailable)
                    Interlocked.Increment(ref turnedAway);
            }
        }).ToList();
        await Eventually.HoldsAsync("a stranger to be turned away", () => Task.FromResult(Volatile.Read(ref turnedAway) > 0));

        for (var i = 0; i < 5; i++)
            (await owner.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("Cookie", device))).Expect(HttpStatusCode.OK);

        Volatile.Write(ref stopped, true);
        await Task.WhenAll(occupying);
    }
}
