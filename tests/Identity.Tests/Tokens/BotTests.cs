using System.Net;
using System.Net.Http.Json;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Chat.Identity.Tests.Tokens;

public sealed class BotTests(IdentityStores stores)
{
    private const string Route = "/api/v1/auth/bots";

    [Fact]
    public async Task A_bot_acts_by_the_tokens_its_owner_makes()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        var username = Calls.NewName("bot");
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");

        var bot = (await owner.PostBodyAsync(Route, new { username, displayName = "Clock" })).Expect(HttpStatusCode.Created).Body;
        var token = (await owner.PostBodyAsync("/api/v1/auth/tokens", new { name = "run", scopes = new[] { "account:read" }, bot = bot.GetProperty("id").GetGuid() }))
            .Expect(HttpStatusCode.Created).Body;

        var exchanged = (await stores.Shared.ExchangeTokenAsync(token.GetProperty("token").GetString() ?? "")).Expect(HttpStatusCode.OK).Body;
        var jwt = new JsonWebToken(exchanged.GetProperty("accessToken").GetString());
        Assert.Equal(bot.GetProperty("id").GetString(), jwt.Subject);
        Assert.True(jwt.GetPayloadValue<bool>("bot"));
        Assert.Equal(username, jwt.GetPayloadValue<string>("preferred_username"));
        await Eventually.HoldsAsync("the bot's event", async () => (await queue.TakeBodiesAsync()).Any(e =>
            e.GetProperty("user").GetGuid() == bot.GetProperty("id").GetGuid() && e.GetProperty("bot").GetBoolean()));
    }

    [Fact]
    public async Task A_bot_cannot_sign_in()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        var username = Calls.NewName("bot");
        (await owner.PostBodyAsync(Route, new { username })).Expect(HttpStatusCode.Created);
        using var nobody = stores.Shared.CreateClient();

        (await nobody.LoginAsync(username)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Fact]
    public async Task Anothers_bot_cannot_be_told_from_none()
    {
        var (_, mine, _, _) = await stores.Shared.NewPersonAsync();
        var (_, theirs, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(mine);
        using var them = stores.Shared.CreateClient(theirs);
        var id = (await me.PostBodyAsync(Route, new { username = Calls.NewName("bot") })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();

        (await them.ReadAsync($"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "bot_not_found");
        (await them.PostBodyAsync("/api/v1/auth/tokens", new { name = "x", scopes = new[] { "account:read" }, bot = id })).ExpectProblem(HttpStatusCode.NotFound, "bot_not_found");
        using var patch = await them.PatchAsync($"{Route}/{id}", JsonContent.Create(new { displayName = "Mine now" }), Calls.Cancel);
        Assert.Equal(HttpStatusCode.NotFound, patch.StatusCode);
        Assert.Equal(0, (await them.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task G2_A_repeated_request_makes_one_bot()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        var body = new { username = Calls.NewName("bot") };

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => owner.PostBodyAsync(Route, body, ("Idempotency-Key", "one"))));

        Assert.Single(answers.Select(a => a.Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid()).Distinct());
    }

    [Fact]
    public async Task A_renamed_bot_is_announced()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        var id = (await owner.PostBodyAsync(Route, new { username = Calls.NewName("bot") })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");

        using var patched = await owner.PatchAsync($"{Route}/{id}", JsonContent.Create(new { displayName = "Night clock" }), Calls.Cancel);

        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);
        await Eventually.HoldsAsync("the new name", async () => (await queue.TakeBodiesAsync()).Any(e => e.GetProperty("displayName").GetString() == "Night clock"));
    }

    [Fact]
    public async Task G4_A_deleted_bot_is_over_at_once_and_its_name_free()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        var username = Calls.NewName("bot");
        var id = (await owner.PostBodyAsync(Route, new { username })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
        var token = (await owner.PostBodyAsync("/api/v1/auth/tokens", new { name = "run", scopes = new[] { "account:read" }, bot = id })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString() ?? "";
        using var bot = stores.Shared.CreateClient((await stores.Shared.ExchangeTokenAsync(token)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString());
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserDeleted");

        (await owner.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).Expect(HttpStatusCode.NoContent);

        (await bot.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeTokenAsync(token)).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        (await owner.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "bot_not_found");
        (await owner.PostBodyAsync(Route, new { username })).Expect(HttpStatusCode.Created);
        await Eventually.HoldsAsync("the event", async () => (await queue.TakeBodiesAsync()).Any(e => e.GetProperty("user").GetGuid() == id));
    }

    [Fact]
    public async Task Anothers_bot_is_not_deleted()
    {
        var (_, mine, _, _) = await stores.Shared.NewPersonAsync();
        var (_, theirs, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(mine);
        using var them = stores.Shared.CreateClient(theirs);
        var id = (await me.PostBodyAsync(Route, new { username = Calls.NewName("bot") })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();

        (await them.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "bot_not_found");

        (await me.ReadAsync($"{Route}/{id}")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("{}", "username:required")]
    [InlineData("""{"username":"a"}""", "username:invalid")]
    [InlineData("""{"username":"everyone"}""", "username:reserved")]
    [InlineData("""{"username":"good_name","displayName":"\u200d"}""", "displayName:invalid")]
    public async Task What_is_wrong_is_named(string body, params string[] errors)
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);

        (await owner.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(errors);
    }

    [Fact]
    public async Task A_taken_name_is_refused_and_twenty_five_are_enough()
    {
        var (name, session, _, _) = await stores.Shared.NewPersonAsync();
        using var owner = stores.Shared.CreateClient(session);
        (await owner.PostBodyAsync(Route, new { username = name.ToUpperInvariant() })).ExpectProblem(HttpStatusCode.Conflict, "username_taken");

        var answers = await Task.WhenAll(Enumerable.Range(0, 27).Select(_ => owner.PostBodyAsync(Route, new { username = Calls.NewName("bot") })));

        Assert.Equal(25, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectProblem(HttpStatusCode.Conflict, "too_many_bots"));
    }
}
