using System.Net;
using System.Text.Json;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>An account's passkeys: adding, naming, listing, removing.</summary>
public sealed class PasskeyTests(IdentityStores stores)
{
    private const string Route = PasskeyCalls.Route;

    [Fact]
    public async Task One_without_a_name_is_called_after_where_it_is_kept()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bitwarden = new SoftAuthenticator { Aaguid = new Guid("d548826e-79b4-db40-a3d8-11116f7e8349"), Transports = ["internal", "hybrid", "<script>", new('x', 5000)] };

        var added = (await alice.Client.AddPasskeyAsync(bitwarden)).Expect(HttpStatusCode.Created);

        Assert.Equal($"{Route}/{bitwarden.UrlId}", added.Headers.Location?.OriginalString);
        var listed = Assert.Single(await alice.Client.PasskeysAsync());
        Assert.Equal(added.Text, listed.GetRawText());
        Assert.Equal(bitwarden.UrlId, listed.GetProperty("id").GetString());
        Assert.Equal("Bitwarden", listed.GetProperty("name").GetString());
        Assert.False(listed.GetProperty("backedUp").GetBoolean());
        Assert.Equal(["internal", "hybrid"], listed.GetProperty("transports").EnumerateArray().Select(t => t.GetString()));
        Assert.InRange(listed.GetProperty("createdAt").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
        Assert.DoesNotContain("publicKey", listed.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_options_ask_for_what_makes_it_two_factors_and_leave_out_what_is_there()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var first = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(first)).Expect(HttpStatusCode.Created);

        var (_, options) = await alice.Client.BeginAsync(Route);

        Assert.Equal("localhost", options.GetProperty("rp").GetProperty("id").GetString());
        Assert.Equal(alice.Username, options.GetProperty("user").GetProperty("name").GetString());
        Assert.Equal("required", options.GetProperty("authenticatorSelection").GetProperty("residentKey").GetString());
        Assert.Equal("required", options.GetProperty("authenticatorSelection").GetProperty("userVerification").GetString());
        Assert.Equal(first.UrlId, Assert.Single(options.GetProperty("excludeCredentials").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Nothing_here_is_for_strangers()
    {
        using var stranger = PasskeyPerson.Elsewhere(stores.Shared);

        (await stranger.ReadAsync(Route)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stranger.PostBodyAsync($"{Route}/options", null)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stranger.PostBodyAsync(Route, new { })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stranger.SendAsync(HttpMethod.Delete, $"{Route}/AAAA")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stranger.PostBodyAsync($"{PasskeyCalls.ProofRoute}/options", null)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stranger.PostBodyAsync(PasskeyCalls.ProofRoute, new { })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Others_do_not_see_rename_or_remove_it()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bob = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator, "Mine")).Expect(HttpStatusCode.Created);

        Assert.Empty(await bob.Client.PasskeysAsync());
        (await RenameAsync(bob, authenticator.UrlId, """{"name":"Bob's"}""")).ExpectProblem(HttpStatusCode.NotFound, "passkey_not_found");
        (await bob.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}")).ExpectProblem(HttpStatusCode.NotFound, "passkey_not_found");
        Assert.Equal("Mine", Assert.Single(await alice.Client.PasskeysAsync()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task It_can_be_renamed_and_the_name_is_trimmed()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);

        var renamed = (await RenameAsync(alice, authenticator.UrlId, """{"name":"  Büro 🔑 "}""")).Expect(HttpStatusCode.OK);

        Assert.Equal("Büro 🔑", renamed.Body.GetProperty("name").GetString());
        Assert.Equal(renamed.Text, Assert.Single(await alice.Client.PasskeysAsync()).GetRawText());
    }

    [Theory]
    [InlineData("{}", "name:required")]
    [InlineData("""{"name":""}""", "name:required")]
    [InlineData("""{"name":"   "}""", "name:invalid")]
    [InlineData("""{"name":"a\u202eb"}""", "name:invalid")]
    [InlineData("""{"name":"a\nb"}""", "name:invalid")]
    [InlineData("""{"name":"12345678901234567890123456789012345678901234567890123456789012345"}""", "name:invalid")]
    public async Task A_name_that_is_none_is_refused(string body, string error)
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);

        (await RenameAsync(alice, authenticator.UrlId, body)).ExpectFieldErrors(error);
    }

    [Theory]
    [InlineData("not*base64")]
    [InlineData("%20")]
    [InlineData("AAAA")]
    public async Task An_id_that_is_none_is_not_found(string id)
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);

        (await RenameAsync(alice, id, """{"name":"x"}""")).ExpectProblem(HttpStatusCode.NotFound, "passkey_not_found");
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "passkey_not_found");
    }

    [Fact]
    public async Task Adding_and_removing_ask_for_a_fresh_proof_which_a_passkey_gives()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var alice = await PasskeyPerson.NewAsync(service);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);
        clock.Advance(TimeSpan.FromMinutes(2));
        var (challenge, options) = await alice.Client.BeginAsync(Route);
        clock.Advance(TimeSpan.FromMinutes(4));

        // The challenge is good, but the proof is not fresh any more.
        using var second = new SoftAuthenticator();
        (await alice.Client.PostBodyAsync(Route, new { challenge, credential = second.Create(options) })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");

        var refused = (await alice.Client.PostBodyAsync($"{Route}/options", null)).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        Assert.Equal(["password", "passkey"], refused.Body.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));

        (await alice.Client.ShowAsync(PasskeyCalls.ProofRoute, authenticator)).Expect(HttpStatusCode.NoContent);
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task An_account_has_twenty_at_most_however_many_are_added_at_once()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        var ceremonies = new List<(Guid Challenge, JsonElement Options)>();
        for (var i = 0; i < 23; i++)
            ceremonies.Add(await alice.Client.BeginAsync(Route));

        var answers = await Task.WhenAll(ceremonies.Select(async ceremony =>
        {
            using var authenticator = new SoftAuthenticator();
            return await alice.Client.PostBodyAsync(Route, new { ceremony.Challenge, credential = authenticator.Create(ceremony.Options) });
        }));

        Assert.Equal(20, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectProblem(HttpStatusCode.Conflict, "too_many_passkeys"));
        Assert.Equal(20, (await alice.Client.PasskeysAsync()).Length);
        (await alice.Client.PostBodyAsync($"{Route}/options", null)).ExpectProblem(HttpStatusCode.Conflict, "too_many_passkeys");
    }

    [Fact]
    public async Task The_last_way_in_stays_even_when_two_are_removed_at_once()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(first)).Expect(HttpStatusCode.Created);
        (await alice.Client.AddPasskeyAsync(second)).Expect(HttpStatusCode.Created);
        await alice.SetAsync(stores, "password_hash = null");

        var answers = await Task.WhenAll(new[] { first, second }.Select(a => alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{a.UrlId}")));

        Assert.Single(answers, a => a.Status == HttpStatusCode.NoContent);
        Assert.Single(answers, a => a.Status != HttpStatusCode.NoContent).ExpectProblem(HttpStatusCode.Conflict, "last_way_in");
        Assert.Single(await alice.Client.PasskeysAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_sessions_end_with_the_change_only_if_asked(bool end)
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        var (otherToken, _, _) = await stores.Shared.OpenSessionAsync(alice.Username);
        using var other = stores.Shared.CreateClient(otherToken);
        using var authenticator = new SoftAuthenticator();
        var (challenge, options) = await alice.Client.BeginAsync(Route);

        (await alice.Client.PostBodyAsync(Route, new { challenge, credential = authenticator.Create(options), endOtherSessions = end })).Expect(HttpStatusCode.Created);
        Assert.Equal(end ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, (await other.ReadAsync(Route)).Status);
        Assert.Single(await alice.Client.PasskeysAsync());

        var (thirdToken, _, _) = await stores.Shared.OpenSessionAsync(alice.Username);
        using var third = stores.Shared.CreateClient(thirdToken);
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}?endOtherSessions={end}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(end ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, (await third.ReadAsync(Route)).Status);
        Assert.Empty(await alice.Client.PasskeysAsync());
    }

    [Fact]
    public async Task The_owner_hears_of_each_change_by_mail()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator, "Phone")).Expect(HttpStatusCode.Created);
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}")).Expect(HttpStatusCode.NoContent);
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{Route}/{authenticator.UrlId}")).ExpectProblem(HttpStatusCode.NotFound, "passkey_not_found");

        string[] expected = ["A passkey was added to your account: Phone", "A passkey was removed from your account: Phone"];
        await Eventually.HoldsAsync("both mails", async () =>
        {
            var mails = (await alice.Client.ReadAsync($"/dev/mail?to={alice.Username}@example.org")).Expect(HttpStatusCode.OK);
            var subjects = mails.Body.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("subject").GetString() ?? "").ToArray();
            return expected.All(text => subjects.Count(subject => subject.Contains(text, StringComparison.Ordinal)) == 1);
        });
    }

    private static async Task<Answer> RenameAsync(PasskeyPerson person, string id, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Route}/{id}") { Content = Calls.Json(body) };
        using var response = await person.Client.SendAsync(request, Calls.Cancel);
        var text = await response.Content.ReadAsStringAsync(Calls.Cancel);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, JsonSerializer.Deserialize<JsonElement>(text), text);
    }
}
