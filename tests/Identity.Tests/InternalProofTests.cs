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
