using System.Net;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>What is no passkey, or not this one's answer.</summary>
public sealed class PasskeyRefusalTests(IdentityStores stores)
{
    private const string Route = PasskeyCalls.Route;

    [Fact]
    public async Task Registering_takes_only_what_a_browser_makes_on_a_page_of_ours_with_the_user_verified()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        foreach (var bend in new Action<SoftAuthenticator>[]
        {
            authenticator => authenticator.VerifiesUser = false,
            authenticator => authenticator.Origin = "https://chat.example",
            authenticator => authenticator.Origin = "http://localhost:8081",
            authenticator => authenticator.Origin = "null",
            authenticator => authenticator.RpId = "example.org",
        })
        {
            using var authenticator = new SoftAuthenticator();
            bend(authenticator);
            (await alice.Client.AddPasskeyAsync(authenticator)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_passkey");
        }

        Assert.Empty(await alice.Client.PasskeysAsync());
    }

    [Fact]
    public async Task The_answer_to_one_challenge_does_not_answer_another()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        var first = await alice.Client.BeginAsync(Route);
        var second = await alice.Client.BeginAsync(Route);

        (await alice.Client.PostBodyAsync(Route, new { second.Challenge, credential = authenticator.Create(first.Options) }))
            .ExpectProblem(HttpStatusCode.BadRequest, "invalid_passkey");
    }

    [Fact]
    public async Task A_credential_is_registered_once_whoever_tries()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bob = await PasskeyPerson.NewAsync(stores.Shared);
        using var original = new SoftAuthenticator();
        using var taken = new SoftAuthenticator { Id = original.Id };
        (await alice.Client.AddPasskeyAsync(original)).Expect(HttpStatusCode.Created);

        (await alice.Client.AddPasskeyAsync(original)).ExpectProblem(HttpStatusCode.Conflict, "passkey_exists");
        (await bob.Client.AddPasskeyAsync(taken)).ExpectProblem(HttpStatusCode.Conflict, "passkey_exists");

        Assert.Empty(await bob.Client.PasskeysAsync());
        using var stranger = PasskeyPerson.Elsewhere(stores.Shared);
        (await stranger.ShowAsync(PasskeyCalls.SignInRoute, original)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_two_at_once_with_one_credential_one_wins()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bob = await PasskeyPerson.NewAsync(stores.Shared);
        using var first = new SoftAuthenticator();
        using var second = new SoftAuthenticator { Id = first.Id };

        var answers = await Task.WhenAll(alice.Client.AddPasskeyAsync(first), bob.Client.AddPasskeyAsync(second));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.Single(answers, a => a.Status != HttpStatusCode.Created).ExpectProblem(HttpStatusCode.Conflict, "passkey_exists");
        Assert.Equal(1, (await alice.Client.PasskeysAsync()).Length + (await bob.Client.PasskeysAsync()).Length);
    }

    [Fact]
    public async Task A_challenge_is_good_once_for_its_purpose_and_its_account()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bob = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        var (challenge, options) = await alice.Client.BeginAsync(Route);
        var body = new { challenge, credential = authenticator.Create(options) };

        (await bob.Client.PostBodyAsync(Route, body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
        (await alice.Client.PostBodyAsync(PasskeyCalls.ProofRoute, body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
        (await alice.Client.PostBodyAsync(PasskeyCalls.SignInRoute, body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
        (await alice.Client.PostBodyAsync(Route, body)).Expect(HttpStatusCode.Created);
        (await alice.Client.PostBodyAsync(Route, body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
        (await alice.Client.PostBodyAsync(Route, new { challenge = Guid.NewGuid(), body.credential })).ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");

        var signIn = await alice.Client.BeginAsync(PasskeyCalls.SignInRoute);
        (await alice.Client.PostBodyAsync(PasskeyCalls.ProofRoute, new { signIn.Challenge, credential = authenticator.Get(signIn.Options) }))
            .ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
    }

    [Fact]
    public async Task A_challenge_is_good_for_five_minutes()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var alice = await PasskeyPerson.NewAsync(service);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);
        var (challenge, options) = await alice.Client.BeginAsync(PasskeyCalls.SignInRoute);
        clock.Advance(TimeSpan.FromMinutes(5.1));

        (await alice.Client.PostBodyAsync(PasskeyCalls.SignInRoute, new { challenge, credential = authenticator.Get(options) }))
            .ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge");
        (await alice.Client.ShowAsync(PasskeyCalls.SignInRoute, authenticator)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("{}", "challenge:required", "credential:required")]
    [InlineData("""{"challenge":null,"credential":null}""", "challenge:required", "credential:required")]
    [InlineData("""{"challenge":"00000000-0000-0000-0000-000000000000","credential":[]}""", "credential:required")]
    [InlineData("""{"challenge":"00000000-0000-0000-0000-000000000000","credential":"{}"}""", "credential:required")]
    public async Task What_is_missing_is_named(string body, params string[] errors)
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);

        foreach (var route in new[] { Route, PasskeyCalls.SignInRoute, PasskeyCalls.ProofRoute })
            (await alice.Client.PostBodyAsync(route, Calls.Json(body))).ExpectFieldErrors(errors);
    }

    [Fact]
    public async Task A_huge_credential_and_a_bad_name_are_refused_before_anything_is_looked_up()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);

        (await alice.Client.PostBodyAsync(Route, new { challenge = Guid.NewGuid(), credential = new { id = new string('A', 40_000) }, name = "\u202e" }))
            .ExpectFieldErrors("credential:too_long", "name:invalid");
        (await alice.Client.PostBodyAsync(Route, Calls.Json("""{"challenge":"one"}"""))).Expect(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":5}""")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","response":null,"clientExtensionResults":{}}""")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{},"clientExtensionResults":{}}""")]
    [InlineData("""{"id":"\ud800","rawId":"\ud800","type":"public-key","response":{"authenticatorData":"\ud800"},"clientExtensionResults":{}}""")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30","attestationObject":"AAAA","authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAA"}}""")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"bnVsbA","attestationObject":"_____w","authenticatorData":"","signature":"","userHandle":""}}""")]
    public async Task Nonsense_is_a_refusal_and_never_a_failure(string credential)
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = new SoftAuthenticator();
        (await alice.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);
        async Task<Answer> SendAsync(string route)
        {
            var (challenge, _) = await alice.Client.BeginAsync(route);
            return await alice.Client.PostBodyAsync(route, Calls.Json($$"""{"challenge":"{{challenge}}","credential":{{credential}}}"""));
        }

        (await SendAsync(Route)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_passkey");
        (await SendAsync(PasskeyCalls.SignInRoute)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        (await SendAsync(PasskeyCalls.ProofRoute)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
    }
}
