using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests;

public sealed class RegistrationTests(IdentityStores stores) : IDisposable
{
    private const string Route = "/api/v1/auth/register";

    private readonly HttpClient _client = stores.Shared.CreateClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Registering_answers_the_account_and_nothing_secret()
    {
        var name = Calls.NewName();

        var answer = (await _client.PostBodyAsync(Route, new { email = $"{name}@example.org", username = name.ToUpperInvariant(), password = Calls.Password, displayName = "  Zoé 🎈 " })).Expect(HttpStatusCode.Created);

        Assert.Equal("/api/v1/users/@me", answer.Headers.Location?.ToString());
        Assert.Equal(7, answer.Body.GetProperty("id").GetGuid().Version);
        Assert.Equal(name, answer.Body.GetProperty("username").GetString());
        Assert.Equal("Zoé 🎈", answer.Body.GetProperty("displayName").GetString());
        Assert.Equal($"{name}@example.org", answer.Body.GetProperty("email").GetString());
        Assert.EndsWith("Z", answer.Body.GetProperty("createdAt").GetString(), StringComparison.Ordinal);
        Assert.Equal(5, answer.Body.EnumerateObject().Count());
        Assert.Empty(answer.SetCookies);
    }

    [Fact]
    public async Task Without_a_display_name_the_username_is_shown()
    {
        var name = Calls.NewName("Ann");

        var answer = await _client.RegisterAsync(name);

        Assert.Equal(name, answer.Expect(HttpStatusCode.Created).Body.GetProperty("displayName").GetString());
    }

    [Theory]
    [InlineData("{}", "email:required", "username:required", "password:required")]
    [InlineData("""{"email":null,"username":null,"password":null,"displayName":null}""", "email:required", "username:required", "password:required")]
    [InlineData("""{"email":"a@example.org","username":"a","password":"unlike any other"}""", "username:invalid")]
    [InlineData("""{"email":"a@example.org","username":"a23456789012345678901234567890123","password":"unlike any other"}""", "username:invalid")]
    [InlineData("""{"email":"a@example.org","username":"has space","password":"unlike any other"}""", "username:invalid")]
    [InlineData("""{"email":"a@example.org","username":"nul\u0000nul","password":"unlike any other"}""", "username:invalid")]
    [InlineData("""{"email":"a@example.org","username":"Everyone","password":"unlike any other"}""", "username:reserved")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"1234567"}""", "password:too_short")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"🎈🎈🎈🎈🎈🎈🎈"}""", "password:too_short")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"unlike any other","displayName":""}""", "displayName:invalid")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"unlike any other","displayName":" \u200d "}""", "displayName:invalid")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"unlike any other","displayName":"a\u202eb"}""", "displayName:invalid")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"unlike any other","displayName":"a\u0000b"}""", "displayName:invalid")]
    [InlineData("""{"email":"a@example.org","username":"ann","password":"unlike any other","displayName":"123456789012345678901234567890123"}""", "displayName:invalid")]
    public async Task A_bad_field_is_named(string body, params string[] errors) =>
        (await _client.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(errors);

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("@example.org")]
    [InlineData("a@")]
    [InlineData("a@localhost")]
    [InlineData("a@b@example.org")]
    [InlineData("a b@example.org")]
    [InlineData(".a@example.org")]
    [InlineData("a..b@example.org")]
    [InlineData("a@-example.org")]
    [InlineData("a@example..org")]
    [InlineData("Ann <a@example.org>")]
    [InlineData("a@example.org\r\nBcc: b@example.org")]
    [InlineData("a@exаmple.org")]
    public async Task An_address_that_is_none_is_refused(string email)
    {
        var answer = await _client.PostBodyAsync(Route, Calls.Registration(Calls.NewName(), email));

        answer.ExpectFieldErrors(email.Length == 0 ? "email:required" : "email:invalid");
    }

    [Theory]
    [InlineData("аlice")] // Cyrillic а
    [InlineData("\u212Aevin")] // KELVIN SIGN lowers to an ASCII k
    [InlineData("ALİCE")] // dotted capital I
    [InlineData("ａlice")] // full width a
    [InlineData("ali\u200Bce")] // zero width space
    [InlineData("alice\u0301")] // combining accent
    [InlineData("alice١")] // Arabic digit
    public async Task A_username_that_only_looks_right_is_refused(string username) =>
        (await _client.PostBodyAsync(Route, Calls.Registration(username, "look@example.org"))).ExpectFieldErrors("username:invalid");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"username":1,"email":"a@example.org","password":"unlike any other"}""")]
    [InlineData("""{"username":{"$ne":null},"email":"a@example.org","password":"unlike any other"}""")]
    [InlineData("""{"username":"ann","username":"bob","email":"a@example.org","password":"unlike any other"}""")]
    [InlineData("""{"username":"ann","email":"a@example.org","password":"\ud800aaaaaaaa"}""")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body) =>
        (await _client.PostBodyAsync(Route, Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");

    [Fact]
    public async Task A_password_is_128_characters_at_most_whatever_they_are()
    {
        var balloons = string.Concat(Enumerable.Repeat("🎈", 128));

        (await _client.RegisterAsync(Calls.NewName(), balloons)).Expect(HttpStatusCode.Created);
        (await _client.RegisterAsync(Calls.NewName(), balloons + "!")).ExpectFieldErrors("password:too_long");
        (await _client.RegisterAsync(Calls.NewName(), new string('a', 500_000))).ExpectFieldErrors("password:too_long");
    }

    [Theory]
    [InlineData("GET", "/api/v1/auth/register")]
    [InlineData("DELETE", "/api/v1/auth/login")]
    public async Task Another_method_is_refused(string method, string path) =>
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.SendAsync(new HttpMethod(method), path)).Status);

    [Fact]
    public async Task Another_media_type_is_refused() =>
        (await _client.PostBodyAsync(Route, Calls.Json("{}", "text/plain"))).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [Fact]
    public async Task Twenty_megabytes_are_refused_unread()
    {
        var body = $$"""{"username":"{{new string('a', 20 * 1024 * 1024)}}"}""";
        using var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = stores.Shared.Address };
        client.DefaultRequestHeaders.ExpectContinue = true;

        (await client.PostBodyAsync(Route, Calls.Json(body))).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task A_name_is_taken_whatever_its_case()
    {
        var name = Calls.NewName();
        (await _client.RegisterAsync(name)).Expect(HttpStatusCode.Created);

        (await _client.PostBodyAsync(Route, Calls.Registration(name.ToUpperInvariant(), $"x{name}@example.org"))).ExpectProblem(HttpStatusCode.Conflict, "username_taken");
    }

    [Fact]
    public async Task Of_twenty_parallel_registrations_of_one_name_one_wins()
    {
        var name = Calls.NewName();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _client.PostBodyAsync(Route, Calls.Registration(name, $"{name}{i}@example.org"))));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectProblem(HttpStatusCode.Conflict, "username_taken"));
    }

    [Fact]
    public async Task An_address_may_be_typed_by_many_and_nobody_learns_whose_it_is()
    {
        var name = Calls.NewName();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _client.PostBodyAsync(Route, Calls.Registration($"{name}{i}", $"{name}@example.org"))));

        Assert.All(answers, a => a.Expect(HttpStatusCode.Created));
    }

    [Fact]
    public async Task G2_Twenty_parallel_tries_with_one_key_get_the_first_answer()
    {
        var name = Calls.NewName();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _client.PostBodyAsync(Route, Calls.Registration(name), key)));

        Assert.All(answers, a => a.Expect(HttpStatusCode.Created));
        Assert.Single(answers.Select(a => a.Text).Distinct());
    }

    [Fact]
    public async Task A_key_does_not_answer_for_another_password()
    {
        var name = Calls.NewName();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        (await _client.PostBodyAsync(Route, Calls.Registration(name), key)).Expect(HttpStatusCode.Created);

        var other = await _client.PostBodyAsync(Route, Calls.Registration(name, password: "another password"), key);

        other.ExpectProblem(HttpStatusCode.Conflict, "username_taken");
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_refused()
    {
        var answer = await _client.PostBodyAsync(Route, Calls.Registration(Calls.NewName()), ("Idempotency-Key", new string('k', 256)));

        answer.ExpectFieldErrors("Idempotency-Key:invalid");
    }

    [Fact]
    public async Task Others_hear_of_the_new_account()
    {
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "UserUpdated");
        var name = Calls.NewName();
        var answer = (await _client.RegisterAsync(name)).Expect(HttpStatusCode.Created);

        await Eventually.HoldsAsync("UserUpdated of the new account", async () =>
            (await queue.TakeBodiesAsync()).Any(e =>
                e.GetProperty("user").GetGuid() == answer.Body.GetProperty("id").GetGuid() && e.GetProperty("username").GetString() == name));
    }

    [Fact]
    public async Task The_database_keeps_a_slow_hash_and_not_the_password()
    {
        var name = Calls.NewName();
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["Passwords:Iterations"] = null });
        using var client = service.CreateClient();
        (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);

        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand("select password_hash from accounts where username = $1");
        command.Parameters.AddWithValue(name);
        var hash = Convert.FromBase64String((string)(await command.ExecuteScalarAsync(Calls.Cancel) ?? ""));

        // Identity's version 3 format: marker, pseudo-random function (2: HMAC-SHA512), iterations, all big-endian.
        Assert.Equal(1, hash[0]);
        Assert.Equal(2u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(1)));
        Assert.True(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)) >= 220_000);
    }
}
