using System.Net;
using System.Text;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Chat.Identity.Tests;

public sealed class SigningKeyTests(IdentityStores stores)
{
    private const string Keys = "/.well-known/jwks.json";

    [Fact]
    public async Task Discovery_leads_to_the_keys()
    {
        using var client = stores.Shared.CreateClient();

        var document = (await client.ReadAsync("/.well-known/openid-configuration")).Expect(HttpStatusCode.OK);

        Assert.Equal("http://localhost:8080", document.Body.GetProperty("issuer").GetString());
        Assert.Equal("http://localhost:8080/.well-known/jwks.json", document.Body.GetProperty("jwks_uri").GetString());
        Assert.Equal("ES256", Assert.Single(document.Body.GetProperty("id_token_signing_alg_values_supported").EnumerateArray()).GetString());
        Assert.Equal(TimeSpan.FromMinutes(5), document.Headers.CacheControl?.MaxAge);
        Assert.True(document.Headers.CacheControl?.Public);
    }

    [Fact]
    public async Task Only_public_parts_are_published()
    {
        using var client = stores.Shared.CreateClient();

        var answer = (await client.ReadAsync(Keys)).Expect(HttpStatusCode.OK);

        Assert.True(answer.Headers.CacheControl?.Public);
        foreach (var key in answer.Body.GetProperty("keys").EnumerateArray())
            Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Replicas_that_start_together_share_one_key()
    {
        var database = await stores.CreateDatabaseAsync();
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => stores.Start(database))));
        try
        {
            var (_, token, _, _) = await replicas[0].NewPersonAsync();
            foreach (var replica in replicas)
            {
                var keys = await KeysOfAsync(replica);
                Assert.Single(keys.Keys);
                Assert.True((await ValidateAsync(token, keys)).IsValid);
                using var client = replica.CreateClient(token);
                (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

                var other = await replica.NewPersonAsync();
                Assert.True((await ValidateAsync(other.Token, await KeysOfAsync(replicas[0]))).IsValid);
            }
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_key_is_published_before_it_signs_and_after_it_signed()
    {
        var clock = new OffsetClock();
        var settings = new Dictionary<string, string?> { ["SigningKeys:CheckEvery"] = "00:00:00.1" };
        await using var service = await stores.StartAloneAsync(clock, settings);
        var (_, first, _, _) = await service.NewPersonAsync();
        var firstKey = new JsonWebToken(first).Kid;
        Assert.Equal([firstKey], await KeyIdsAsync(service));

        // A day before its turn the second key is announced, but the first still signs.
        clock.Advance(TimeSpan.FromDays(29) + TimeSpan.FromHours(1));
        await Eventually.HoldsAsync("the second key to be published", async () => (await KeyIdsAsync(service)).Count == 2);
        var secondKey = (await KeyIdsAsync(service)).Single(id => id != firstKey);
        Assert.Equal(firstKey, new JsonWebToken((await service.NewPersonAsync()).Token).Kid);

        // Its turn: it signs, and the first stays for the tokens that are out.
        clock.Advance(TimeSpan.FromDays(1));
        var (_, second, _, _) = await service.NewPersonAsync();
        Assert.Equal(secondKey, new JsonWebToken(second).Kid);
        var both = await KeysOfAsync(service);
        Assert.True((await ValidateAsync(first, both)).IsValid);
        Assert.True((await ValidateAsync(second, both)).IsValid);

        // A day later the first is gone.
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal([secondKey], await KeyIdsAsync(service));
        Assert.False((await ValidateAsync(first, await KeysOfAsync(service))).IsValid);
    }

    [Fact]
    public async Task Replicas_rotate_once()
    {
        var clock = new OffsetClock();
        var settings = new Dictionary<string, string?> { ["SigningKeys:CheckEvery"] = "00:00:00.1" };
        var database = await stores.CreateDatabaseAsync();
        await using var one = stores.Start(database, settings, services => services.AddClock(clock));
        await using var two = stores.Start(database, settings, services => services.AddClock(clock));

        clock.Advance(TimeSpan.FromDays(29) + TimeSpan.FromHours(1));

        await Eventually.HoldsAsync("both replicas to publish the second key", async () =>
            (await KeyIdsAsync(one)).Count == 2 && (await KeyIdsAsync(two)).Count == 2);
        Assert.Equal((await KeyIdsAsync(one)).Order(StringComparer.Ordinal), (await KeyIdsAsync(two)).Order(StringComparer.Ordinal));
        Assert.Equal(2L, await ScalarAsync<long>(database, "select count(*) from signing_keys"));
    }

    [Fact]
    public async Task After_a_long_rest_a_new_key_signs_at_once()
    {
        var database = await stores.CreateDatabaseAsync();
        await using (stores.Start(database))
            Assert.Equal(1L, await ScalarAsync<long>(database, "select count(*) from signing_keys"));
        var clock = new OffsetClock();
        clock.Advance(TimeSpan.FromDays(400));

        await using var service = stores.Start(database, services: services => services.AddClock(clock));

        var (_, token, _, _) = await service.NewPersonAsync();
        Assert.True((await ValidateAsync(token, await KeysOfAsync(service))).IsValid);
        Assert.Equal(1L, await ScalarAsync<long>(database, "select count(*) from signing_keys"));
    }

    [Fact]
    public async Task The_database_does_not_show_private_keys()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database, new Dictionary<string, string?> { ["DataProtection:Key"] = "a secret of the operator's" });

        var stored = await ScalarAsync<byte[]>(database, "select private_key from signing_keys");
        Assert.DoesNotContain("PRIVATE", Encoding.Latin1.GetString(stored), StringComparison.Ordinal);
        using var key = System.Security.Cryptography.ECDsa.Create();
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => key.ImportPkcs8PrivateKey(stored, out _));

        // The key ring that could decrypt it is encrypted itself: neither its secret nor the operator's is there.
        var ring = await ScalarAsync<string>(database, "select string_agg(xml, '') from protection_keys");
        Assert.Contains("aesGcm", ring, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", ring, StringComparison.Ordinal);
        Assert.DoesNotContain("operator", ring, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_secret_reads_the_keys_again_and_another_makes_new_ones()
    {
        var database = await stores.CreateDatabaseAsync();
        var secret = new Dictionary<string, string?> { ["DataProtection:Key"] = "a secret of the operator's" };
        string token;
        await using (var service = stores.Start(database, secret))
            token = (await service.NewPersonAsync()).Token;

        await using var again = stores.Start(database, secret);
        var same = await again.NewPersonAsync();
        Assert.Equal(new JsonWebToken(token).Kid, new JsonWebToken(same.Token).Kid);

        await using var other = stores.Start(database, new Dictionary<string, string?> { ["DataProtection:Key"] = "the secret was lost somehow" });
        var renewed = await other.NewPersonAsync();
        Assert.NotEqual(new JsonWebToken(token).Kid, new JsonWebToken(renewed.Token).Kid);
        var keys = await KeysOfAsync(other);
        Assert.True((await ValidateAsync(token, keys)).IsValid);
        Assert.True((await ValidateAsync(renewed.Token, keys)).IsValid);
    }

    [Fact]
    public void A_secret_too_short_to_protect_anything_is_refused() =>
        Assert.Contains("DataProtection:Key", Assert.ThrowsAny<Exception>(() =>
            stores.Start(stores.Database, new Dictionary<string, string?> { ["DataProtection:Key"] = "short" })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_token_of_another_key_is_refused()
    {
        await using var stranger = stores.Start(await stores.CreateDatabaseAsync());
        var (_, token, _, _) = await stranger.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static async Task<JsonWebKeySet> KeysOfAsync(RunningService<IdentityService> service)
    {
        using var client = service.CreateClient();
        return new JsonWebKeySet((await client.ReadAsync(Keys)).Expect(HttpStatusCode.OK).Text);
    }

    private static async Task<IReadOnlyList<string>> KeyIdsAsync(RunningService<IdentityService> service) =>
        [.. (await KeysOfAsync(service)).Keys.Select(k => k.KeyId)];

    private static Task<TokenValidationResult> ValidateAsync(string token, JsonWebKeySet keys) => new JsonWebTokenHandler().ValidateTokenAsync(
        token,
        new TokenValidationParameters { ValidIssuer = "http://localhost:8080", ValidAudience = "chat", IssuerSigningKeys = keys.GetSigningKeys(), ValidateLifetime = false });

    private static async Task<T> ScalarAsync<T>(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Calls.Cancel) ?? throw new InvalidOperationException("No row."));
    }
}
