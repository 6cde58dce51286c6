using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>Accounts as others see them.</summary>
public sealed class UsersTests(IdentityStores stores)
{
    [Fact]
    public async Task Everybody_who_is_signed_in_sees_what_an_account_says_of_itself_and_nothing_private()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var avatar = Guid.CreateVersion7();
        var id = (await me.SendBodyAsync(HttpMethod.Patch, "/api/v1/users/@me", new { displayName = "Zoé", about = "Hello", pronouns = "she/her", timeZone = "Europe/Vienna", locale = "de", avatar }))
            .Expect(HttpStatusCode.OK).Body.GetProperty("id").GetGuid();
        using var other = await SomebodyAsync();

        var seen = (await other.ReadAsync($"/api/v1/users/{id}")).Expect(HttpStatusCode.OK);

        Assert.Equal(["about", "avatar", "bot", "createdAt", "displayName", "id", "pronouns", "username"], seen.Body.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal).ToList());
        Assert.Equal(name, seen.Body.GetProperty("username").GetString());
        Assert.Equal("Zoé", seen.Body.GetProperty("displayName").GetString());
        Assert.Equal(avatar, seen.Body.GetProperty("avatar").GetGuid());
    }

    [Fact]
    public async Task Unknown_and_unverified_accounts_look_alike()
    {
        using var client = stores.Shared.CreateClient();
        var waiting = Calls.NewName();
        var id = (await client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(waiting))).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        using var other = await SomebodyAsync();

        var unverified = (await other.ReadAsync($"/api/v1/users/{id}")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        var unknown = (await other.ReadAsync($"/api/v1/users/{Guid.CreateVersion7()}")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");

        Assert.Equal(unknown.Body.GetProperty("detail").GetString(), unverified.Body.GetProperty("detail").GetString());
        Assert.Empty((await other.ReadAsync($"/api/v1/users?ids={id}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task An_erased_account_is_a_deleted_user()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var id = (await me.SendBodyAsync(HttpMethod.Patch, "/api/v1/users/@me", new { displayName = "Zoé", about = "Hello", avatar = Guid.CreateVersion7() })).Expect(HttpStatusCode.OK).Body.GetProperty("id").GetGuid();
        await Sql.RunAsync(stores.Database, "update accounts set state = 4, email_confirmed = false where username = $1", name);
        using var other = await SomebodyAsync();

        var seen = (await other.ReadAsync($"/api/v1/users/{id}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal("Deleted user", seen.GetProperty("displayName").GetString());
        Assert.True(seen.GetProperty("deleted").GetBoolean());
        foreach (var gone in new[] { "about", "avatar" })
            Assert.False(seen.TryGetProperty(gone, out _));
    }

    [Fact]
    public async Task A_bot_says_that_it_is_one()
    {
        using var owner = await SomebodyAsync();
        var bot = (await owner.PostBodyAsync("/api/v1/auth/bots", new { username = Calls.NewName() })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        using var other = await SomebodyAsync();

        Assert.True((await other.ReadAsync($"/api/v1/users/{bot}")).Expect(HttpStatusCode.OK).Body.GetProperty("bot").GetBoolean());
    }

    [Fact]
    public async Task Many_are_read_at_once_in_the_order_asked_for()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            using var one = await SomebodyAsync();
            ids.Add((await one.ReadAsync("/api/v1/users/@me")).Body.GetProperty("id").GetGuid());
        }

        using var other = await SomebodyAsync();
        Guid[] asked = [ids[2], ids[0], Guid.CreateVersion7(), ids[1], ids[0]];

        var items = (await other.ReadAsync($"/api/v1/users?ids={string.Join(',', asked)}")).Expect(HttpStatusCode.OK).Body.GetProperty("items");

        Assert.Equal([ids[2], ids[0], ids[1]], items.EnumerateArray().Select(item => item.GetProperty("id").GetGuid()).ToList());
    }

    [Theory]
    [InlineData("", "required")]
    [InlineData("?ids=", "required")]
    [InlineData("?ids=ann", "invalid")]
    [InlineData("?ids=01a200ee-f45c-759a-ac3a-6f1db17ced34,", "invalid")]
    [InlineData("?ids=01a200eef45c759aac3a6f1db17ced34", "invalid")]
    public async Task Ids_that_are_none_are_refused(string query, string code)
    {
        using var client = await SomebodyAsync();

        (await client.ReadAsync($"/api/v1/users{query}")).ExpectFieldErrors($"ids:{code}");
    }

    [Fact]
    public async Task At_most_a_hundred_are_read_at_once()
    {
        using var client = await SomebodyAsync();
        var ids = Enumerable.Range(0, 101).Select(_ => Guid.CreateVersion7()).ToList();

        (await client.ReadAsync($"/api/v1/users?ids={string.Join(',', ids.Take(100))}")).Expect(HttpStatusCode.OK);
        (await client.ReadAsync($"/api/v1/users?ids={string.Join(',', ids)}")).ExpectFieldErrors("ids:too_many");
    }

    [Fact]
    public async Task A_token_needs_the_scope()
    {
        using var me = await SomebodyAsync();
        var id = (await me.ReadAsync("/api/v1/users/@me")).Body.GetProperty("id").GetGuid();
        using var allowed = await ProgramAsync(me, "account:read");
        using var denied = await ProgramAsync(me, "servers:read");

        (await allowed.ReadAsync($"/api/v1/users/{id}")).Expect(HttpStatusCode.OK);
        (await allowed.ReadAsync($"/api/v1/users?ids={id}")).Expect(HttpStatusCode.OK);
        (await denied.ReadAsync($"/api/v1/users/{id}")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await denied.ReadAsync($"/api/v1/users?ids={id}")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task Strangers_see_nobody()
    {
        using var client = stores.Shared.CreateClient();

        (await client.ReadAsync($"/api/v1/users/{Guid.CreateVersion7()}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await client.ReadAsync($"/api/v1/users?ids={Guid.CreateVersion7()}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private async Task<HttpClient> SomebodyAsync() => stores.Shared.CreateClient((await stores.Shared.NewPersonAsync()).Token);

    private async Task<HttpClient> ProgramAsync(HttpClient owner, string scope)
    {
        var token = (await owner.PostBodyAsync("/api/v1/auth/tokens", new { name = "script", scopes = new[] { scope } })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString();
        using var gateway = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        return stores.Shared.CreateClient((await gateway.PostBodyAsync("/internal/tokens/exchange", new { token })).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString());
    }
}
