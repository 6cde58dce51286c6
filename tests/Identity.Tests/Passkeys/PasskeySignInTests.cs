using System.Net;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>Signing in by a passkey, and proving by one that it is still oneself.</summary>
public sealed class PasskeySignInTests(IdentityStores stores) : IDisposable
{
    private const string Route = PasskeyCalls.SignInRoute;

    // AccountState, as it is stored.
    private const int Disabled = 1;
    private const int Suspended = 2;

    private readonly HttpClient _browser = PasskeyPerson.Elsewhere(stores.Shared);

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task It_opens_a_session_without_a_user_name_and_notes_the_use()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        var (challenge, options) = await _browser.BeginAsync(Route);
        Assert.Equal(0, options.TryGetProperty("allowCredentials", out var allowed) ? allowed.GetArrayLength() : 0);
        Assert.Equal("required", options.GetProperty("userVerification").GetString());

        var answer = (await _browser.PostBodyAsync(Route, new { challenge, credential = authenticator.Get(options), remember = true })).Expect(HttpStatusCode.OK);

        Assert.Equal(alice.Username, answer.Body.GetProperty("user").GetProperty("username").GetString());
        Assert.Contains("max-age", answer.SetCookies.Single(c => c.StartsWith("chat_session=", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        (await stores.Shared.ExchangeAsync(answer.SessionCookie)).Expect(HttpStatusCode.OK);
        var passkey = Assert.Single(await alice.Client.PasskeysAsync());
        Assert.InRange(passkey.GetProperty("lastUsedAt").GetDateTimeOffset(), passkey.GetProperty("createdAt").GetDateTimeOffset(), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task An_authenticator_that_does_not_count_signs_in_again_and_again()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        for (var i = 0; i < 2; i++)
        {
            // Wraps around to 0, which stands for "I do not count".
            authenticator.Count = uint.MaxValue;
            (await _browser.ShowAsync(Route, authenticator)).Expect(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Whatever_is_wrong_the_refusal_is_the_same()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        using var unknown = new SoftAuthenticator { UserHandle = authenticator.UserHandle };
        using var nobody = new SoftAuthenticator { UserHandle = Guid.NewGuid().ToString() };
        using var forger = new SoftAuthenticator { Id = authenticator.Id, UserHandle = authenticator.UserHandle };
        var refusals = new List<Answer>
        {
            await _browser.ShowAsync(Route, unknown),
            await _browser.ShowAsync(Route, nobody),
            await _browser.ShowAsync(Route, forger),
            await _browser.ShowAsync(Route, authenticator, spoilSignature: true),
        };
        authenticator.VerifiesUser = false;
        refusals.Add(await _browser.ShowAsync(Route, authenticator));
        authenticator.VerifiesUser = true;
        authenticator.Origin = "https://chat.example";
        refusals.Add(await _browser.ShowAsync(Route, authenticator));
        authenticator.Origin = "http://localhost:8080";
        authenticator.RpId = "example.org";
        refusals.Add(await _browser.ShowAsync(Route, authenticator));
        authenticator.RpId = "localhost";
        authenticator.UserHandle = "";
        refusals.Add(await _browser.ShowAsync(Route, authenticator));

        Assert.All(refusals, refusal => refusal.ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey"));
        Assert.Single(refusals.Select(refusal => refusal.Body.GetProperty("detail").GetString()).Distinct());
        Assert.All(refusals, refusal => Assert.Empty(refusal.SetCookies));
    }

    [Fact]
    public async Task A_count_that_does_not_rise_is_refused()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        authenticator.Count = 9;
        (await _browser.ShowAsync(Route, authenticator)).Expect(HttpStatusCode.OK);

        authenticator.Count = 9;
        (await _browser.ShowAsync(Route, authenticator)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        authenticator.Count = 3;
        (await _browser.ShowAsync(Route, authenticator)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        authenticator.Count = 10;
        (await _browser.ShowAsync(Route, authenticator)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_two_copies_that_count_alike_at_the_same_time_one_gets_in()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        var bodies = new List<object>();
        for (var i = 0; i < 2; i++)
        {
            authenticator.Count = 4;
            var (challenge, options) = await _browser.BeginAsync(Route);
            bodies.Add(new { challenge, credential = authenticator.Get(options) });
        }

        var answers = await Task.WhenAll(bodies.Select(body => _browser.PostBodyAsync(Route, body)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Single(answers, a => a.Status != HttpStatusCode.OK).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
    }

    [Fact]
    public async Task One_answer_sent_ten_times_at_once_opens_one_session()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var authenticator = await AddAsync(alice);
        var (challenge, options) = await _browser.BeginAsync(Route);
        var body = new { challenge, credential = authenticator.Get(options) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _browser.PostBodyAsync(Route, body)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_challenge"));
    }

    [Fact]
    public async Task A_removed_one_and_that_of_an_account_at_rest_do_not_get_in()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var kept = await AddAsync(alice);
        using var removed = await AddAsync(alice);
        (await alice.Client.SendAsync(HttpMethod.Delete, $"{PasskeyCalls.Route}/{removed.UrlId}")).Expect(HttpStatusCode.NoContent);

        (await _browser.ShowAsync(Route, removed)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        await alice.SetAsync(stores, $"state = {Suspended}");
        (await _browser.ShowAsync(Route, kept, reactivate: true)).ExpectProblem(HttpStatusCode.Forbidden, "account_suspended");
        await alice.SetAsync(stores, $"state = {Disabled}");
        (await _browser.ShowAsync(Route, kept)).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
        (await _browser.ShowAsync(Route, kept, reactivate: true)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Wrong_ones_are_counted_by_address_and_right_ones_are_not()
    {
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["ConnectionStrings:redis"] = stores.RedisOfItsOwn() });
        using var alice = await PasskeyPerson.NewAsync(service);
        using var authenticator = await AddAsync(alice);
        using var attacker = PasskeyPerson.Elsewhere(service);
        for (var i = 0; i < 22; i++)
            (await alice.Client.ShowAsync(Route, authenticator)).Expect(HttpStatusCode.OK);
        for (var i = 0; i < 20; i++)
            (await attacker.ShowAsync(Route, authenticator, spoilSignature: true)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");

        var refused = await attacker.ShowAsync(Route, authenticator);

        Assert.NotNull(refused.ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts").Headers.RetryAfter);
        (await alice.Client.ShowAsync(Route, authenticator)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Challenges_are_limited_by_address()
    {
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["ConnectionStrings:redis"] = stores.RedisOfItsOwn() });
        using var greedy = PasskeyPerson.Elsewhere(service);

        var answers = await Task.WhenAll(Enumerable.Range(0, 70).Select(_ => greedy.PostBodyAsync($"{Route}/options", null)));

        Assert.Equal(60, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => a.ExpectProblem(HttpStatusCode.TooManyRequests, "too_many_attempts"));
    }

    [Fact]
    public async Task A_proof_is_by_a_passkey_of_ones_own()
    {
        using var alice = await PasskeyPerson.NewAsync(stores.Shared);
        using var bob = await PasskeyPerson.NewAsync(stores.Shared);
        using var bobs = await AddAsync(bob);
        (await alice.Client.PostBodyAsync($"{PasskeyCalls.ProofRoute}/options", null)).ExpectProblem(HttpStatusCode.Conflict, "no_passkey");
        using var own = await AddAsync(alice);

        var (_, options) = await alice.Client.BeginAsync(PasskeyCalls.ProofRoute);
        Assert.Equal(own.UrlId, Assert.Single(options.GetProperty("allowCredentials").EnumerateArray()).GetProperty("id").GetString());
        (await alice.Client.ShowAsync(PasskeyCalls.ProofRoute, bobs)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        (await alice.Client.ShowAsync(PasskeyCalls.ProofRoute, own, spoilSignature: true)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        (await alice.Client.ShowAsync(PasskeyCalls.ProofRoute, own)).Expect(HttpStatusCode.NoContent);
    }

    private static async Task<SoftAuthenticator> AddAsync(PasskeyPerson person)
    {
        var authenticator = new SoftAuthenticator();
        (await person.Client.AddPasskeyAsync(authenticator)).Expect(HttpStatusCode.Created);
        return authenticator;
    }
}
