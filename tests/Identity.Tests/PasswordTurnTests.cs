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

        // A hash takes about a second for a name that is none; one turn for strangers, nobody may wait.
        await using var slow = stores.Start(database, new Dictionary<string, string?> { ["Passwords:Iterations"] = "2000000", ["Passwords:Concurrency"] = "2", ["Passwords:Queue"] = "0" });
        using var strangers = slow.CreateClient();
        using var owner = slow.CreateClient();
        var occupying = strangers.LoginAsync(Calls.NewName());
        await Await.UntilAsync("a stranger to be turned away", async () => (await strangers.LoginAsync(Calls.NewName())).Status == HttpStatusCode.ServiceUnavailable);

        var signedIn = await owner.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("Cookie", device));

        signedIn.Expect(HttpStatusCode.OK);
        await occupying;
    }
}
