using System.Net;
using System.Security.Cryptography;
using System.Text;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace Chat.Identity.Tests.Tokens;

public sealed class TokenTests(IdentityStores stores)
{
    private const string Route = "/api/v1/auth/tokens";

    [Fact]
    public async Task A_token_is_shown_once_and_stored_as_a_hash()
    {
        var (name, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);

        var created = (await client.PostBodyAsync(Route, new { name = "backup", scopes = new[] { "servers:read", "account:read", "servers:read" } })).Expect(HttpStatusCode.Created);

        var text = created.Body.GetProperty("token").GetString() ?? "";
        var id = created.Body.GetProperty("id").GetGuid();
        Assert.Matches("^chat_pat_[0-9A-Za-z]{42}$", text);
        Assert.Equal($"{Route}/{id}", created.Headers.Location?.ToString());
        Assert.True(created.Headers.CacheControl?.NoStore);
        Assert.Equal(["account:read", "servers:read"], created.Body.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        var read = (await client.ReadAsync($"{Route}/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(text[^4..], read.Body.GetProperty("hint").GetString());
        Assert.DoesNotContain(text, read.Text, StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(text)), await ColumnAsync<byte[]>("select hash from personal_tokens where id = $1", id));
        Assert.Contains("\"backup\" was created", await stores.Shared.MailedTextAsync(name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exchanged_token_carries_its_scopes_and_no_more()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);
        var text = await CreateAsync(client, "account:read");

        var exchanged = (await stores.Shared.ExchangeTokenAsync(text)).Expect(HttpStatusCode.OK);

        var access = exchanged.Body.GetProperty("accessToken").GetString() ?? "";
        var jwt = new JsonWebToken(access);
        Assert.Equal("account:read", jwt.GetPayloadValue<string>("scope"));
        Assert.Equal(new JsonWebToken(session).Subject, jwt.Subject);
        using var script = stores.Shared.CreateClient(access);
        (await script.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
        (await script.ReadAsync(Route)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await script.ReadAsync("/api/v1/auth/sessions")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await script.PostBodyAsync(Route, new { name = "more", scopes = new[] { "servers:write" } })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task A_token_without_the_scope_is_refused()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);
        var access = (await stores.Shared.ExchangeTokenAsync(await CreateAsync(client, "servers:read"))).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString();
        using var script = stores.Shared.CreateClient(access);

        (await script.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task G4_A_revoked_token_is_over_at_once()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);
        var created = (await client.PostBodyAsync(Route, new { name = "lost", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created).Body;
        var text = created.GetProperty("token").GetString() ?? "";
        var access = (await stores.Shared.ExchangeTokenAsync(text)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString();
        using var script = stores.Shared.CreateClient(access);
        (await script.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "SessionRevoked");

        (await client.SendAsync(HttpMethod.Delete, $"{Route}/{created.GetProperty("id").GetGuid()}")).Expect(HttpStatusCode.NoContent);

        (await script.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeTokenAsync(text)).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        (await client.ReadAsync($"{Route}/{created.GetProperty("id").GetGuid()}")).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        Assert.Contains(await queue.TakeBodiesAsync(), e => e.GetProperty("session").GetGuid() == created.GetProperty("id").GetGuid());
        (await client.SendAsync(HttpMethod.Delete, $"{Route}/{created.GetProperty("id").GetGuid()}")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_token_ends_when_its_time_has_come()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var (_, session, _, _) = await service.NewPersonAsync();
        using var client = service.CreateClient(session);
        var created = (await client.PostBodyAsync(
            Route, new { name = "short", scopes = new[] { "account:read" }, expiresAt = TimeProvider.System.GetUtcNow().AddHours(1) })).Expect(HttpStatusCode.Created);
        var text = created.Body.GetProperty("token").GetString() ?? "";
        (await service.ExchangeTokenAsync(text)).Expect(HttpStatusCode.OK);

        clock.Advance(TimeSpan.FromHours(2));

        (await service.ExchangeTokenAsync(text)).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        Assert.Equal(0, (await client.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Making_one_asks_for_a_fresh_proof()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var (_, session, _, _) = await service.NewPersonAsync();
        using var client = service.CreateClient(session);
        clock.Advance(TimeSpan.FromMinutes(6));

        var refused = (await client.PostBodyAsync(Route, new { name = "late", scopes = new[] { "account:read" } })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");

        Assert.Equal(["password"], refused.Body.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
    }

    [Theory]
    [InlineData("{}", "name:required", "scopes:required")]
    [InlineData("""{"name":"","scopes":[]}""", "name:required", "scopes:required")]
    [InlineData("""{"name":"a\u202eb","scopes":["account:read"]}""", "name:invalid")]
    [InlineData("""{"name":"a","scopes":["account:read","everything"]}""", "scopes[1]:unknown")]
    [InlineData("""{"name":"a","scopes":[null]}""", "scopes[0]:unknown")]
    [InlineData("""{"name":"a","scopes":["a","a","a","a","a","a","a","a"]}""", "scopes:too_many")]
    [InlineData("""{"name":"a","scopes":["account:read"],"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt:out_of_range")]
    public async Task What_is_wrong_is_named(string body, params string[] errors)
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);

        (await client.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(errors);
    }

    [Fact]
    public async Task Anothers_token_cannot_be_told_from_none()
    {
        var (_, mine, _, _) = await stores.Shared.NewPersonAsync();
        var (_, theirs, _, _) = await stores.Shared.NewPersonAsync();
        using var me = stores.Shared.CreateClient(mine);
        using var them = stores.Shared.CreateClient(theirs);
        var id = (await me.PostBodyAsync(Route, new { name = "mine", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();

        (await them.ReadAsync($"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        (await them.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");
        (await me.ReadAsync($"{Route}/{id}")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("chat_pat_")]
    [InlineData("chat_pat_000000000000000000000000000000000000000000")]
    [InlineData("chat_pat_\0")]
    public async Task What_is_no_token_opens_nothing(string text) =>
        (await stores.Shared.ExchangeTokenAsync(text)).ExpectProblem(HttpStatusCode.NotFound, "token_not_found");

    [Fact]
    public async Task An_owner_has_a_hundred_at_most_and_sees_them_in_pages()
    {
        var (_, session, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(session);
        var answers = await Task.WhenAll(Enumerable.Range(0, 103).Select(i => client.PostBodyAsync(Route, new { name = $"n{i}", scopes = new[] { "account:read" } })));

        Assert.Equal(100, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectProblem(HttpStatusCode.Conflict, "too_many_tokens"));
        var seen = new HashSet<Guid>();
        string? next = null;
        do
        {
            var page = (await client.ReadAsync($"{Route}?limit=30{(next is null ? "" : $"&cursor={next}")}")).Expect(HttpStatusCode.OK).Body;
            Assert.All(page.GetProperty("items").EnumerateArray(), item => Assert.True(seen.Add(item.GetProperty("id").GetGuid())));
            next = page.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
        }
        while (next is not null);
        Assert.Equal(100, seen.Count);
    }

    private static async Task<string> CreateAsync(HttpClient client, params string[] scopes) =>
        (await client.PostBodyAsync(Route, new { name = "a token", scopes })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString() ?? "";

    private async Task<T?> ColumnAsync<T>(string sql, Guid id)
    {
        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        return (T?)await command.ExecuteScalarAsync(Calls.Cancel);
    }
}
