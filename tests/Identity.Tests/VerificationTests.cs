using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class VerificationTests(IdentityStores stores) : IDisposable
{
    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Before_the_link_is_followed_nobody_signs_in_and_afterwards_they_do()
    {
        var name = await _client.RegisterUnverifiedAsync();
        var address = $"{name}@example.org";

        (await _client.LoginAsync(name)).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
        (await _client.LoginAsync(name, "a wrong password")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await _client.LoginAsync(address)).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        (await _client.VerifyAsync(await _client.TokenToAsync(address))).Expect(HttpStatusCode.NoContent);
        (await _client.LoginAsync(name)).Expect(HttpStatusCode.OK);
        (await _client.LoginAsync(address)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_link_works_once()
    {
        var name = await _client.RegisterUnverifiedAsync();
        var token = await _client.TokenToAsync($"{name}@example.org");

        (await _client.VerifyAsync(token)).Expect(HttpStatusCode.NoContent);
        (await _client.VerifyAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task A_newer_link_replaces_the_older()
    {
        var name = await _client.RegisterUnverifiedAsync();
        var older = await _client.TokenToAsync($"{name}@example.org");
        (await _client.ResendAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        var newer = await _client.TokenToAsync($"{name}@example.org");

        Assert.NotEqual(older, newer);
        (await _client.VerifyAsync(older)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.VerifyAsync(newer)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_link_is_good_for_what_it_was_sent_for_only()
    {
        var name = await _client.RegisterUnverifiedAsync();
        var token = await _client.TokenToAsync($"{name}@example.org");

        (await _client.ResetAsync(token, "a password of another kind")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.ConfirmEmailAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");

        (await _client.VerifyAsync(token)).Expect(HttpStatusCode.NoContent);
        (await _client.ForgotAsync($"{name}@example.org")).Expect(HttpStatusCode.Accepted);
        (await _client.VerifyAsync(await _client.TokenToAsync($"{name}@example.org"))).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Fact]
    public async Task A_link_lives_for_a_day()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var client = service.CreateClient();
        var (late, intime) = (await client.RegisterUnverifiedAsync(), await client.RegisterUnverifiedAsync());
        var tokens = (Late: await client.TokenToAsync($"{late}@example.org"), InTime: await client.TokenToAsync($"{intime}@example.org"));

        clock.Advance(TimeSpan.FromHours(23.9));
        (await client.VerifyAsync(tokens.InTime)).Expect(HttpStatusCode.NoContent);
        clock.Advance(TimeSpan.FromHours(0.2));
        (await client.VerifyAsync(tokens.Late)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");

        (await client.ResendAsync($"{late}@example.org")).Expect(HttpStatusCode.Accepted);
        (await client.VerifyAsync(await client.TokenToAsync($"{late}@example.org"))).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_two_accounts_that_wait_for_one_mailbox_the_first_to_follow_its_link_gets_it()
    {
        var address = $"{Calls.NewName()}@example.org";
        var first = await _client.RegisterUnverifiedAsync(address);
        var token = await _client.TokenToAsync(address);
        var second = await _client.RegisterUnverifiedAsync(address.ToUpperInvariant());
        var other = await _client.TokenToAsync(address);

        (await _client.VerifyAsync(other)).Expect(HttpStatusCode.NoContent);
        (await _client.VerifyAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");

        (await _client.LoginAsync(second)).Expect(HttpStatusCode.OK);
        (await _client.LoginAsync(first)).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
        Assert.Equal(second, (await _client.LoginAsync(address)).Expect(HttpStatusCode.OK).Body.GetProperty("user").GetProperty("username").GetString());
    }

    [Fact]
    public async Task Of_parallel_uses_of_one_link_one_wins()
    {
        var name = await _client.RegisterUnverifiedAsync();
        var token = await _client.TokenToAsync($"{name}@example.org");

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _client.VerifyAsync(token)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_token"));
    }

    [Fact]
    public async Task Of_five_accounts_that_follow_their_links_to_one_mailbox_at_once_one_gets_it()
    {
        var address = $"{Calls.NewName()}@example.org";
        var names = new List<string>();
        var tokens = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            names.Add(await _client.RegisterUnverifiedAsync(address));
            tokens.Add(await _client.TokenToAsync(address));
        }

        var answers = await Task.WhenAll(tokens.Select(_client.VerifyAsync));

        Assert.Single(answers, a => a.Status == HttpStatusCode.NoContent);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.NoContent), a => a.ExpectProblem(HttpStatusCode.BadRequest, "invalid_token"));
        Assert.Single(await Task.WhenAll(names.Select(name => _client.LoginAsync(name))), a => a.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Registering_with_an_address_that_is_taken_answers_alike_and_its_owner_gets_a_hint()
    {
        var owner = Calls.NewName();
        (await _client.RegisterAsync(owner)).Expect(HttpStatusCode.Created);
        var (free, taken) = (Calls.NewName(), Calls.NewName());

        var first = (await _client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(free))).Expect(HttpStatusCode.Created);
        var second = (await _client.PostBodyAsync("/api/v1/auth/register", Calls.Registration(taken, $"{owner}@example.org"))).Expect(HttpStatusCode.Created);

        // Byte by byte, but for what is the account's own.
        Assert.Equal(Anonymous(first, free, $"{free}@example.org"), Anonymous(second, taken, $"{owner}@example.org"));
        Assert.Equal(
            first.Headers.Where(h => h.Key != "Date").Select(h => (h.Key, string.Join(',', h.Value))),
            second.Headers.Where(h => h.Key != "Date").Select(h => (h.Key, string.Join(',', h.Value))));
        var hint = await _client.MailToAsync($"{owner}@example.org", "already");
        Assert.Contains(owner, hint.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(hint.Links, link => link.Contains("token", StringComparison.Ordinal));
        (await _client.LoginAsync(taken)).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
    }

    [Fact]
    public async Task Nobody_is_told_of_an_account_before_it_is_verified()
    {
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");
        var waiting = await _client.RegisterUnverifiedAsync();
        var name = Calls.NewName();
        (await _client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        var heard = new List<string?>();

        await Eventually.HoldsAsync("UserUpdated of the verified account", async () =>
        {
            heard.AddRange((await queue.TakeBodiesAsync()).Select(e => e.GetProperty("username").GetString()));
            return heard.Contains(name);
        });

        Assert.Single(heard, name);
        Assert.DoesNotContain(waiting, heard);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"token":null}""")]
    [InlineData("""{"token":""}""")]
    public async Task A_token_is_required(string body)
    {
        foreach (var route in new[] { "verify-email", "reset-password", "confirm-email-change" })
            (await _client.PostBodyAsync($"/api/v1/auth/{route}", Calls.Json(body))).ExpectFieldErrors("token:required");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("not base64url \0 but forty-three characters!!")]
    [InlineData("' or 1=1 --")]
    public async Task A_token_that_never_was_is_refused(string token)
    {
        (await _client.VerifyAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.ResetAsync(token, "a password of another kind")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await _client.ConfirmEmailAsync(token)).ExpectProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Theory]
    [InlineData("""{"token":1}""")]
    [InlineData("""{"token":["a"]}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body)
    {
        foreach (var route in new[] { "verify-email", "reset-password", "confirm-email-change" })
            (await _client.PostBodyAsync($"/api/v1/auth/{route}", Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }

    private static string Anonymous(Answer answer, string name, string address) => answer.Text
        .Replace(answer.Body.GetProperty("id").GetString() ?? "", "ID", StringComparison.Ordinal)
        .Replace(answer.Body.GetProperty("createdAt").GetString() ?? "", "TIME", StringComparison.Ordinal)
        .Replace(address, "ADDRESS", StringComparison.Ordinal)
        .Replace(name, "NAME", StringComparison.Ordinal);
}
