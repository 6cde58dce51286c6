using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Presence.Tests;

public sealed class RefusalTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_asks_or_blocks_themselves()
    {
        var ada = await world.PersonAsync();

        using var byName = await ada.TryAskAsync(ada);
        using var byId = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { user = ada.Id });
        using var blocked = await ada.SendAsync(HttpMethod.Put, Somebody.Block(ada));

        await byName.ExpectFieldErrorAsync("username", "self");
        await byId.ExpectFieldErrorAsync("user", "self");
        await blocked.ExpectFieldErrorAsync("user", "self");
        Assert.Empty(await ada.RelationsAsync());
    }

    [Theory]
    [InlineData("{}", "username", "required")]
    [InlineData("""{"username":""}""", "username", "required")]
    [InlineData("""{"username":null,"user":null}""", "username", "required")]
    [InlineData("""{"username":"a"}""", "username", "invalid")]
    [InlineData("""{"username":"a-name-with-hyphens"}""", "username", "invalid")]
    [InlineData("""{"username":"K\u212Aelvin"}""", "username", "invalid")]
    [InlineData("""{"username":"nul\u0000"}""", "username", "invalid")]
    [InlineData("""{"username":"abcdefghijabcdefghijabcdefghijabc"}""", "username", "invalid")]
    [InlineData("""{"username":"somebody","user":"0198a5e8-0000-7000-8000-000000000000"}""", "user", "ambiguous")]
    public async Task What_is_wrong_with_a_request_is_named(string body, string field, string code)
    {
        using var response = await PostAsync(await world.PersonAsync(), body);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"username":7}""")]
    [InlineData("""{"user":"nobody"}""")]
    [InlineData("""{"user":99999999999999999999}""")]
    public async Task What_cannot_be_read_is_refused(string body)
    {
        using var response = await PostAsync(await world.PersonAsync(), body);

        await response.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Theory]
    [InlineData("/api/v1/friends?limit=0", "limit", "out_of_range")]
    [InlineData("/api/v1/friends?limit=101", "limit", "out_of_range")]
    [InlineData("/api/v1/blocks?limit=many", "limit", "out_of_range")]
    [InlineData("/api/v1/friends/requests?limit=99999999999999999999", "limit", "out_of_range")]
    [InlineData("/api/v1/friends?cursor=x", "cursor", "invalid")]
    [InlineData("/api/v1/blocks?cursor=%00", "cursor", "invalid")]
    [InlineData("/api/v1/friends/requests?cursor=AAAAAAAAAAAAAAAAAAAA", "cursor", "invalid")]
    [InlineData("/api/v1/friends/requests?direction=sideways", "direction", "unknown")]
    public async Task What_is_wrong_with_a_list_is_named(string address, string field, string code)
    {
        using var response = await (await world.PersonAsync()).SendAsync(HttpMethod.Get, address);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Theory]
    [InlineData("unknown.name_7")]
    [InlineData("..")]
    public async Task An_unknown_name_is_not_found(string username)
    {
        var ada = await world.PersonAsync();

        using var response = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { username });

        await response.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task An_unknown_id_is_not_found_and_has_nothing_to_end()
    {
        var (ada, unknown) = (await world.PersonAsync(), Guid.NewGuid());

        using var asked = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { user = unknown });
        using var blocked = await ada.SendAsync(HttpMethod.Put, $"/api/v1/blocks/{unknown}");

        await asked.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        await blocked.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        await ada.DoAsync(HttpMethod.Delete, $"/api/v1/blocks/{unknown}");
        await ada.DoAsync(HttpMethod.Delete, $"{Somebody.Requests}/{unknown}");
        Assert.Empty(await ada.RelationsAsync());
    }

    [Fact]
    public async Task An_account_that_was_not_verified_is_nobody_s_yet()
    {
        var ada = await world.PersonAsync();
        var username = $"new_{Guid.NewGuid():n}"[..20];
        using var identity = world.Identity.CreateClient();
        using var registered = await identity.PostAsJsonAsync(
            "/api/v1/auth/register", new { email = $"{username}@example.org", username, password = Stores.Accounts.Password }, Ending);
        await registered.ExpectAsync(HttpStatusCode.Created);

        using var response = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { username });

        await response.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task A_token_with_scopes_reads_or_writes_as_its_scopes_say()
    {
        var (ada, bob) = await world.TwoAsync();
        var reader = await TokenAsync(ada, "friends:read");
        var writer = await TokenAsync(ada, "friends:write");
        var other = await TokenAsync(ada, "messages:read", "messages:write", "servers:write");

        foreach (var address in new[] { "/api/v1/friends", Somebody.Requests, "/api/v1/blocks" })
        {
            await reader.ReadAsync(address);
            await RefusedAsync(writer, HttpMethod.Get, address, "friends:read");
            await RefusedAsync(other, HttpMethod.Get, address, "friends:read");
        }

        foreach (var (method, address) in new[]
        {
            (HttpMethod.Post, Somebody.Requests), (HttpMethod.Put, Somebody.Request(bob)), (HttpMethod.Delete, Somebody.Request(bob)),
            (HttpMethod.Delete, Somebody.Friend(bob)), (HttpMethod.Put, Somebody.Block(bob)), (HttpMethod.Delete, Somebody.Block(bob)),
        })
        {
            await RefusedAsync(reader, method, address, "friends:write");
            await RefusedAsync(other, method, address, "friends:write");
        }

        Assert.Equal("outgoing", (await writer.AskAsync(bob)).State);
        await writer.BlockAsync(bob);
    }

    private static async Task RefusedAsync(Somebody who, HttpMethod method, string address, string scope)
    {
        using var response = await who.SendAsync(method, address, method == HttpMethod.Post ? new { username = "somebody" } : null);
        Assert.Equal(scope, (await response.ExpectProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope")).GetProperty("scope").GetString());
    }

    /// <summary>The same person with a personal access token, as the gateway exchanges it.</summary>
    private async Task<Somebody> TokenAsync(Somebody person, params string[] scopes)
    {
        using var owner = world.Identity.CreateClient(person.Account.Token);
        using var created = await owner.PostAsJsonAsync("/api/v1/auth/tokens", new { name = "a script", scopes }, Ending);
        await created.ExpectAsync(HttpStatusCode.Created);
        var token = (await created.ReadAsync<JsonElement>()).GetProperty("token").GetString();
        using var service = world.Identity.CreateClient(Stores.Accounts.ServiceToken(world.Identity, "identity"));
        using var exchanged = await service.PostAsJsonAsync("/internal/tokens/exchange", new { token }, Ending);
        await exchanged.ExpectAsync(HttpStatusCode.OK);
        return person.With((await exchanged.ReadAsync<JsonElement>()).GetProperty("accessToken").GetString() ?? "");
    }

    private async Task<HttpResponseMessage> PostAsync(Somebody person, string body)
    {
        using var client = world.A.CreateClient(person.Account.Token);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri(Somebody.Requests, UriKind.Relative), content, Ending);
    }
}
