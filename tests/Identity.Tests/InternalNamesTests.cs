using System.Net;
using System.Text.Json;
using Chat.Identity.Tests.Administration;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>What other services learn of many accounts at once.</summary>
public sealed class InternalNamesTests(IdentityStores stores)
{
    private const string Route = "/internal/accounts/names";

    [Fact]
    public async Task Services_learn_what_accounts_are_called_and_unknown_ones_are_left_out()
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var person = await Person.NewAsync(stores.Shared);
        var (bot, _) = await person.NewBotAsync();

        var items = await AskAsync(service, person.Id, Guid.CreateVersion7(), bot, person.Id);

        Assert.Equal(new[] { person.Id, bot }.Order(), items.Keys.Order());
        Assert.Equal(["active", "bot", "displayName", "id", "username", "visible"], items[person.Id].EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal(person.Username, items[person.Id].GetProperty("username").GetString());
        Assert.Equal((true, true, false), StateOf(items[person.Id]));
        Assert.Equal((true, true, true), StateOf(items[bot]));
        Assert.Empty(await AskAsync(service));
    }

    [Fact]
    public async Task Who_is_not_verified_or_was_erased_is_left_out()
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient();
        var waiting = (await client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(Calls.NewName()))).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        using var erased = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "update accounts set state = 4, email_confirmed = false where username = $1", erased.Username);

        Assert.Empty(await AskAsync(service, waiting, erased.Id));
    }

    [Fact]
    public async Task A_disabled_or_suspended_account_is_not_in_use_nor_are_its_bots()
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        using var suspended = await Person.NewAsync(stores.Shared);
        using var disabled = await Person.NewAsync(stores.Shared);
        var (theirs, his) = ((await suspended.NewBotAsync()).Id, (await disabled.NewBotAsync()).Id);
        (await admin.DisableAsync(suspended.Id)).Expect(HttpStatusCode.NoContent);
        (await disabled.PostAsync("users/@me/disable", new { })).Expect(HttpStatusCode.NoContent);

        var items = await AskAsync(service, suspended.Id, theirs, disabled.Id, his, admin.Id);

        Assert.Equal([admin.Id], items.Where(item => item.Value.GetProperty("active").GetBoolean()).Select(item => item.Key));
        Assert.Equal(5, items.Count);
        Assert.All(items.Values, item => Assert.True(item.GetProperty("visible").GetBoolean()));
        (await admin.EnableAsync(suspended.Id)).Expect(HttpStatusCode.NoContent);
        items = await AskAsync(service, suspended.Id, theirs);
        Assert.All(items.Values, item => Assert.True(item.GetProperty("active").GetBoolean()));
    }

    [Fact]
    public async Task A_hundred_may_be_asked_for_and_not_one_more()
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var person = await Person.NewAsync(stores.Shared);
        Guid[] many = [.. Enumerable.Range(0, 99).Select(_ => Guid.CreateVersion7()), person.Id];

        Assert.Equal([person.Id], (await AskAsync(service, many)).Keys);
        var refused = (await service.PostBodyAsync(Route, new { accounts = many.Append(Guid.CreateVersion7()) })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        Assert.Equal("too_many", refused.Body.GetProperty("errors").GetProperty("accounts")[0].GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"accounts":null}""")]
    [InlineData("""{"accounts":"x"}""")]
    [InlineData("""{"accounts":["x"]}""")]
    [InlineData("""{"accounts":[null]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task What_is_no_list_of_ids_is_bad_input(string body)
    {
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));

        Assert.Equal(HttpStatusCode.BadRequest, (await service.PostBodyAsync(Route, Calls.Json(body))).Status);
    }

    [Fact]
    public async Task Only_a_service_that_asks_identity_may()
    {
        using var person = await Person.NewAsync(stores.Shared);
        using var signedIn = stores.Shared.CreateClient((await stores.Shared.OpenSessionAsync(person.Username)).Token);
        using var nobody = stores.Shared.CreateClient();
        using var misdirected = stores.Shared.CreateClient(stores.Shared.ServiceToken("messaging"));
        foreach (var client in new[] { nobody, signedIn, misdirected })
            (await client.PostBodyAsync(Route, new { accounts = new[] { person.Id } })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static (bool Active, bool Visible, bool Bot) StateOf(JsonElement account) =>
        (account.GetProperty("active").GetBoolean(), account.GetProperty("visible").GetBoolean(), account.GetProperty("bot").GetBoolean());

    private static async Task<Dictionary<Guid, JsonElement>> AskAsync(HttpClient service, params Guid[] accounts) =>
        (await service.PostBodyAsync(Route, new { accounts })).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("id").GetGuid());
}
