using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>What other services learn of sessions and accounts before something that is not to be taken back.</summary>
public sealed class InternalProofTests(IdentityStores stores)
{
    [Fact]
    public async Task Services_learn_until_when_a_proof_is_fresh_and_how_to_give_one()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient(token);
        var me = (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("id").GetGuid();

        var fresh = (await service.ReadAsync($"/internal/sessions/{session}/proof")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(me, fresh.GetProperty("user").GetGuid());
        Assert.InRange(fresh.GetProperty("provedUntil").GetDateTimeOffset() - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Equal(["password"], fresh.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));

        (await client.PostBodyAsync("/api/v1/auth/logout", null)).Expect(HttpStatusCode.NoContent);
        foreach (var gone in new[] { session, Guid.NewGuid() })
        {
            var answer = (await service.ReadAsync($"/internal/sessions/{gone}/proof")).Expect(HttpStatusCode.OK).Body;
            Assert.False(answer.TryGetProperty("user", out _));
            Assert.False(answer.TryGetProperty("provedUntil", out _));
        }
    }

    [Fact]
    public async Task Services_learn_whether_an_account_is_in_use_and_a_person_s()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient(token);
        var me = (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("id").GetGuid();

        var found = (await service.ReadAsync($"/internal/accounts/{me}")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal((true, false), (found.GetProperty("active").GetBoolean(), found.GetProperty("bot").GetBoolean()));
        (await service.ReadAsync($"/internal/accounts/{Guid.NewGuid()}")).ExpectProblem(HttpStatusCode.NotFound, "account_not_found");
    }

    [Fact]
    public async Task Services_find_an_account_by_its_user_name_in_any_case()
    {
        var (username, token, _, _) = await stores.Shared.NewPersonAsync();
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient(token);
        var me = (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body;

        foreach (var name in new[] { username, username.ToUpperInvariant() })
        {
            var found = (await service.ReadAsync($"/internal/accounts?username={name}")).Expect(HttpStatusCode.OK).Body;
            Assert.Equal(me.GetProperty("id").GetGuid(), found.GetProperty("id").GetGuid());
            Assert.Equal((username, me.GetProperty("displayName").GetString(), true), (found.GetProperty("username").GetString(), found.GetProperty("displayName").GetString(), found.GetProperty("visible").GetBoolean()));
        }

        foreach (var name in new[] { "nobody.is_called_so", "", "..", "%00", "%E2%84%AAelvin", new string('a', 1000) })
            (await service.ReadAsync($"/internal/accounts?username={name}")).ExpectProblem(HttpStatusCode.NotFound, "account_not_found");
    }

    [Fact]
    public async Task Services_learn_that_an_account_whose_address_is_not_verified_is_not_to_be_shown()
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient();
        var username = $"new_{Guid.NewGuid():n}"[..20];
        (await client.PostBodyAsync("/api/v1/auth/register", new { email = $"{username}@example.org", username, password = Stores.Accounts.Password })).Expect(HttpStatusCode.Created);

        Assert.False((await service.ReadAsync($"/internal/accounts?username={username}")).Expect(HttpStatusCode.OK).Body.GetProperty("visible").GetBoolean());
    }

    [Fact]
    public async Task Only_a_service_may_ask()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        using var nobody = stores.Shared.CreateClient();
        using var person = stores.Shared.CreateClient(token);
        using var misdirected = stores.Shared.CreateClient(stores.Shared.ServiceToken("messaging"));
        foreach (var client in new[] { nobody, person, misdirected })
        {
            (await client.ReadAsync($"/internal/sessions/{session}/proof")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await client.ReadAsync($"/internal/accounts/{session}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }
}
