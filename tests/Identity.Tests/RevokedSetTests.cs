using System.Net;
using Chat.ServiceDefaults.Tokens;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class RevokedSetTests(IdentityStores stores)
{
    [Fact]
    public async Task G4_An_emptied_Redis_brings_no_session_back()
    {
        var redisText = stores.RedisOfItsOwn();
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redisText });
        var redis = await stores.ConnectRedisAsync(redisText);
        await Eventually.HoldsAsync("the revoked set to be complete", () => redis.AskAsync(store => store.KeyExistsAsync(SessionStatus.ReadyKey)));
        var (name, token, _, _) = await service.NewPersonAsync();
        var (endedToken, ended, _) = await service.OpenSessionAsync(name);
        using var client = service.CreateClient(token);
        using var thief = service.CreateClient(endedToken);
        (await client.SendAsync(HttpMethod.Delete, $"/api/v1/auth/sessions/{ended}")).Expect(HttpStatusCode.NoContent);
        var revokedKey = $"{SessionStatus.RevokedPrefix}{ended:D}";
        Assert.True(await redis.AskAsync(store => store.KeyExistsAsync(revokedKey)));

        await redis.AskAsync(store => store.ScriptEvaluateAsync("return redis.call('flushdb')"));

        // Asked of PostgreSQL while the set is missing, of the set once it is back.
        (await thief.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
        await Eventually.HoldsAsync("the revoked set to be rebuilt", () => redis.AskAsync(store => store.KeyExistsAsync(SessionStatus.ReadyKey)));
        Assert.True(await redis.AskAsync(store => store.KeyExistsAsync(revokedKey)));
        (await thief.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G5_What_a_dead_replica_did_not_write_another_writes()
    {
        var redisText = stores.RedisOfItsOwn();
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redisText });
        var redis = await stores.ConnectRedisAsync(redisText);
        await Eventually.HoldsAsync("the revoked set to be complete", () => redis.AskAsync(store => store.KeyExistsAsync(SessionStatus.ReadyKey)));
        var (name, token, _, _) = await service.NewPersonAsync();
        var (_, ended, _) = await service.OpenSessionAsync(name);
        using var client = service.CreateClient(token);
        (await client.SendAsync(HttpMethod.Delete, $"/api/v1/auth/sessions/{ended}")).Expect(HttpStatusCode.NoContent);
        var revokedKey = $"{SessionStatus.RevokedPrefix}{ended:D}";

        // As a crash between the commit and Redis leaves it: in PostgreSQL, not in the set, which calls itself complete.
        await redis.AskAsync(store => store.KeyDeleteAsync(revokedKey));

        await Eventually.HoldsAsync("the missing entry to be written", () => redis.AskAsync(store => store.KeyExistsAsync(revokedKey)));
    }

    [Fact]
    public async Task Entries_outlive_every_token()
    {
        var redisText = stores.RedisOfItsOwn();
        await using var service = stores.Start(await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redisText });
        var (_, token, session, _) = await service.NewPersonAsync();
        using var client = service.CreateClient(token);
        (await client.PostBodyAsync("/api/v1/auth/logout", null)).Expect(HttpStatusCode.NoContent);

        var redis = await stores.ConnectRedisAsync(redisText);
        var left = await redis.AskAsync(store => store.KeyTimeToLiveAsync($"{SessionStatus.RevokedPrefix}{session:D}"));

        Assert.InRange(left ?? default, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
    }
}
