using System.Net;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class ProfileTests(IdentityStores stores)
{
    private const string Me = "/api/v1/users/@me";

    [Fact]
    public async Task A_new_account_says_nothing_of_itself()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        var body = (await me.ReadAsync(Me)).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(name, body.GetProperty("displayName").GetString());
        Assert.Equal("active", body.GetProperty("state").GetString());
        Assert.Equal("user", body.GetProperty("role").GetString());
        Assert.True(body.GetProperty("hasPassword").GetBoolean());
        Assert.False(body.GetProperty("twoFactorEnabled").GetBoolean());
        Assert.False(body.GetProperty("bot").GetBoolean());
        foreach (var absent in new[] { "about", "pronouns", "timeZone", "locale", "avatar", "banner", "deleteAt" })
            Assert.False(body.TryGetProperty(absent, out _));
    }

    [Fact]
    public async Task What_is_in_the_patch_changes_what_is_null_is_cleared_and_the_rest_stays()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var (avatar, banner) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var first = (await PatchAsync(me, new
        {
            displayName = "  Zoé 🎈 ",
            about = "First line\r\n\r\nThird line ",
            pronouns = "she/her",
            timeZone = "Europe/Vienna",
            locale = "de-at",
            avatar,
            banner,
        })).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("Zoé 🎈", first.GetProperty("displayName").GetString());
        Assert.Equal("First line\n\nThird line", first.GetProperty("about").GetString());
        Assert.Equal("she/her", first.GetProperty("pronouns").GetString());
        Assert.Equal("Europe/Vienna", first.GetProperty("timeZone").GetString());
        Assert.Equal("de-AT", first.GetProperty("locale").GetString());
        Assert.Equal(avatar, first.GetProperty("avatar").GetGuid());
        Assert.Equal(banner, first.GetProperty("banner").GetGuid());

        var second = (await PatchAsync(me, Calls.Json("""{"pronouns":null,"locale":null,"avatar":null,"displayName":null}""", "application/merge-patch+json"))).Expect(HttpStatusCode.OK).Body;
        foreach (var cleared in new[] { "pronouns", "locale", "avatar" })
            Assert.False(second.TryGetProperty(cleared, out _));
        Assert.Equal(name, second.GetProperty("displayName").GetString());
        Assert.Equal("First line\n\nThird line", second.GetProperty("about").GetString());
        Assert.Equal("Europe/Vienna", second.GetProperty("timeZone").GetString());

        Assert.Equal(second.GetRawText(), (await PatchAsync(me, new { })).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(second.GetRawText(), (await me.ReadAsync(Me)).Expect(HttpStatusCode.OK).Text);
    }

    [Fact]
    public async Task Nothing_but_the_profile_can_be_patched()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        var body = (await PatchAsync(me, new { username = "root", email = "root@example.org", role = "admin", emailVerified = false, state = "deleted", id = Guid.Empty, bot = true })).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(name, body.GetProperty("username").GetString());
        Assert.Equal($"{name}@example.org", body.GetProperty("email").GetString());
        Assert.Equal("user", body.GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("""{"displayName":""}""", "displayName")]
    [InlineData("""{"displayName":" \u200d "}""", "displayName")]
    [InlineData("""{"displayName":"a\u202eb"}""", "displayName")]
    [InlineData("""{"displayName":"a\nb"}""", "displayName")]
    [InlineData("""{"displayName":"a\u0000b"}""", "displayName")]
    [InlineData("""{"about":"a\u202eb"}""", "about")]
    [InlineData("""{"about":"a\u2066b"}""", "about")]
    [InlineData("""{"about":"a\u0000b"}""", "about")]
    [InlineData("""{"about":"a\u0007b"}""", "about")]
    [InlineData("""{"about":"a\u200bb"}""", "about")]
    [InlineData("""{"about":"a\u2028b"}""", "about")]
    [InlineData("""{"about":"\n \n"}""", "about")]
    [InlineData("""{"about":"a\rb"}""", "about")]
    [InlineData("""{"pronouns":"she\nher"}""", "pronouns")]
    [InlineData("""{"pronouns":"12345678901234567890123456789012345678901"}""", "pronouns")]
    [InlineData("""{"timeZone":""}""", "timeZone")]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"timeZone":"W. Europe Standard Time"}""", "timeZone")]
    [InlineData("""{"timeZone":"../../../etc/passwd"}""", "timeZone")]
    [InlineData("""{"timeZone":"/etc/localtime"}""", "timeZone")]
    [InlineData("""{"timeZone":"+02:00"}""", "timeZone")]
    [InlineData("""{"locale":""}""", "locale")]
    [InlineData("""{"locale":"german"}""", "locale")]
    [InlineData("""{"locale":"xx-AT"}""", "locale")]
    [InlineData("""{"locale":"de_AT"}""", "locale")]
    [InlineData("""{"locale":"de-AT-"}""", "locale")]
    [InlineData("""{"locale":"de-AT\n"}""", "locale")]
    [InlineData("""{"locale":"de-1996-1996"}""", "locale")]
    [InlineData("""{"locale":"de-AT-1996-abcdefgh-bcdefghi-cdefghij"}""", "locale")]
    [InlineData("""{"avatar":"me.png"}""", "avatar")]
    [InlineData("""{"avatar":""}""", "avatar")]
    [InlineData("""{"banner":"https://example.org/x.png"}""", "banner")]
    [InlineData("""{"banner":"{01a200ee-f45c-759a-ac3a-6f1db17ced34}"}""", "banner")]
    public async Task A_bad_value_is_named_and_nothing_changes(string body, string field)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var before = (await me.ReadAsync(Me)).Expect(HttpStatusCode.OK).Text;

        (await PatchAsync(me, Calls.Json(body.Replace("{\"", "{\"pronouns\":\"they\",\"", StringComparison.Ordinal).Replace("\"pronouns\":\"they\",\"pronouns\"", "\"pronouns\"", StringComparison.Ordinal))))
            .ExpectFieldErrors($"{field}:invalid");

        Assert.Equal(before, (await me.ReadAsync(Me)).Expect(HttpStatusCode.OK).Text);
    }

    [Theory]
    [InlineData("de")]
    [InlineData("zh-Hant-TW")]
    [InlineData("es-419")]
    [InlineData("en-DE")]
    [InlineData("de-CH-1996")]
    public async Task Language_tags_are_taken_as_they_are(string locale)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        Assert.Equal(locale, (await PatchAsync(me, new { locale = locale.ToLowerInvariant() })).Expect(HttpStatusCode.OK).Body.GetProperty("locale").GetString());
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+5")]
    public async Task Time_zones_of_the_IANA_database_are_taken(string timeZone)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        Assert.Equal(timeZone, (await PatchAsync(me, new { timeZone })).Expect(HttpStatusCode.OK).Body.GetProperty("timeZone").GetString());
    }

    [Fact]
    public async Task Texts_are_bounded()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        (await PatchAsync(me, new { about = new string('a', 1000), pronouns = new string('b', 40) })).Expect(HttpStatusCode.OK);
        (await PatchAsync(me, new { about = new string('a', 1001) })).ExpectFieldErrors("about:invalid");
        (await PatchAsync(me, new { about = new string('a', 900_000) })).ExpectFieldErrors("about:invalid");
        (await PatchAsync(me, new { about = "" })).Expect(HttpStatusCode.OK);
        Assert.False((await me.ReadAsync(Me)).Body.TryGetProperty("about", out _));
    }

    [Theory]
    [InlineData("""{"about":1}""")]
    [InlineData("""{"avatar":{"$ne":null}}""")]
    [InlineData("""{"about":"a","about":"b"}""")]
    [InlineData("""{"about":"\ud800aaaaaaaa"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);

        (await PatchAsync(me, Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Of_parallel_patches_none_is_lost()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        object[] patches =
        [
            new { displayName = "Zoé" }, new { about = "About me" }, new { pronouns = "she/her" }, new { timeZone = "Europe/Vienna" }, new { locale = "de-AT" },
            new { avatar = Guid.CreateVersion7() }, new { banner = Guid.CreateVersion7() },
        ];

        Assert.All(await Task.WhenAll(patches.Select(patch => PatchAsync(me, patch))), a => a.Expect(HttpStatusCode.OK));

        var body = (await me.ReadAsync(Me)).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("Zoé", body.GetProperty("displayName").GetString());
        foreach (var set in new[] { "about", "pronouns", "timeZone", "locale", "avatar", "banner" })
            Assert.True(body.TryGetProperty(set, out _), set);
    }

    [Fact]
    public async Task Others_hear_of_what_they_see_in_order_and_of_nothing_else()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");
        var avatar = Guid.CreateVersion7();
        object[] patches =
        [
            new { displayName = "One" }, new { displayName = "One" }, new { timeZone = "Europe/Vienna", locale = "de" }, new { }, new { about = "Hello" }, new { avatar }, new { displayName = "Last" },
        ];

        foreach (var patch in patches)
            (await PatchAsync(me, patch)).Expect(HttpStatusCode.OK);

        var heard = new List<JsonElement>();
        await Eventually.HoldsAsync("the last change", async () =>
        {
            heard.AddRange((await queue.TakeBodiesAsync()).Where(e => e.GetProperty("username").GetString() == name));
            return heard.Any(e => e.GetProperty("displayName").GetString() == "Last");
        });
        Assert.Equal(
            ["One/False", "One/False", "One/True", "Last/True"],
            heard.Select(e => $"{e.GetProperty("displayName").GetString()}/{e.TryGetProperty("avatar", out var seen) && seen.GetGuid() == avatar}").ToList());
    }

    [Fact]
    public async Task A_token_with_scopes_reads_and_does_not_write()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(token);
        var personal = (await me.PostBodyAsync("/api/v1/auth/tokens", new { name = "script", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString();
        using var gateway = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var program = stores.Shared.CreateClient(
            (await gateway.PostBodyAsync("/internal/tokens/exchange", new { token = personal })).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString());

        (await program.ReadAsync(Me)).Expect(HttpStatusCode.OK);
        (await PatchAsync(program, new { about = "Hello" })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task Nobody_patches_without_being_signed_in()
    {
        using var client = stores.Shared.CreateClient();

        (await PatchAsync(client, new { about = "Hello" })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static Task<Answer> PatchAsync(HttpClient client, object body) => client.SendBodyAsync(HttpMethod.Patch, Me, body);
}
