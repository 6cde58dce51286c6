using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Chat.ServiceDefaults.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.ServiceDefaults.Tests;

/// <summary>What tokens with a <c>scope</c> claim open: only what says so.</summary>
public sealed class ScopeTests(TestStores stores) : IAsyncLifetime
{
    private TokenIssuer? _issuer;
    private SampleService? _service;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TokenIssuer Issuer => _issuer ?? throw new InvalidOperationException("Not started.");

    private SampleService Service => _service ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        _service = await SampleService.StartAsync(stores, await SampleService.CreateDatabaseAsync(stores), identity: _issuer.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/shelf")]
    [InlineData("POST", "/shelf")]
    [InlineData("POST", "/shelf/exact")]
    [InlineData("GET", "/shelf/curated")]
    [InlineData("GET", "/mine")]
    public async Task A_token_without_scopes_may_do_what_its_user_may(string method, string path)
    {
        using var response = await SendAsync(method, path, Issuer.Sign());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/shelf", "shelf:read")]
    [InlineData("HEAD", "/shelf", "shelf:read")]
    [InlineData("POST", "/shelf", "shelf:write")]
    [InlineData("PUT", "/shelf", "shelf:write")]
    [InlineData("PATCH", "/shelf", "shelf:write")]
    [InlineData("DELETE", "/shelf", "shelf:write")]
    [InlineData("GET", "/shelf", "messages:read shelf:read openid")]
    [InlineData("GET", "/shelf", "  shelf:read  ")]
    [InlineData("POST", "/shelf/exact", "exact:read")]
    [InlineData("GET", "/shelf/curated", "shelf:read")]
    public async Task A_scope_opens_what_is_marked_with_it(string method, string path, string scope)
    {
        using var response = await SendAsync(method, path, Issuer.Sign(("scope", scope)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/shelf", "messages:read", "shelf:read")]
    [InlineData("POST", "/shelf", "shelf:read", "shelf:write")]
    [InlineData("DELETE", "/shelf", "shelf:read messages:write", "shelf:write")]
    [InlineData("GET", "/shelf", "shelf:write", "shelf:read")]
    [InlineData("POST", "/shelf/exact", "shelf:read shelf:write", "exact:read")]
    [InlineData("GET", "/shelf/curated", "shelf:write", "shelf:read")]
    [InlineData("GET", "/shelf", "", "shelf:read")]
    [InlineData("GET", "/shelf", " ", "shelf:read")]
    [InlineData("GET", "/shelf", "shelf:reader", "shelf:read")]
    [InlineData("GET", "/shelf", "xshelf:read", "shelf:read")]
    [InlineData("GET", "/shelf", "SHELF:READ", "shelf:read")]
    [InlineData("GET", "/shelf", "shelf:*", "shelf:read")]
    [InlineData("GET", "/shelf", "shelf", "shelf:read")]
    [InlineData("GET", "/shelf", "*", "shelf:read")]
    [InlineData("GET", "/shelf", "messages:read,shelf:read", "shelf:read")]
    [InlineData("GET", "/shelf", "messages:read\tshelf:read", "shelf:read")]
    [InlineData("GET", "/shelf", "shelf:read\n", "shelf:read")]
    [InlineData("GET", "/shelf", "shelf:read\u0000", "shelf:read")]
    [InlineData("GET", "/shelf", "\"shelf:read\"", "shelf:read")]
    public async Task Without_the_scope_it_stays_shut_and_the_refusal_names_it(string method, string path, string scope, string needed)
    {
        using var response = await SendAsync(method, path, Issuer.Sign(("scope", scope)));
        var problem = await RefusedAsync(response);
        Assert.Equal($"Bearer error=\"insufficient_scope\", scope=\"{needed}\"", Assert.Single(response.Headers.GetValues("WWW-Authenticate")));
        Assert.Equal(needed, problem.GetProperty("scope").GetString());
    }

    [Theory]
    [InlineData("GET", "/mine")]
    [InlineData("GET", "/curated")]
    [InlineData("GET", "/nowhere")]
    public async Task A_route_that_says_nothing_is_shut_to_every_token_with_scopes(string method, string path)
    {
        using var response = await SendAsync(method, path, Issuer.Sign(("scope", "shelf:read shelf:write exact:read account:read openid")));
        await RefusedAsync(response);
        Assert.Equal("Bearer error=\"insufficient_scope\"", Assert.Single(response.Headers.GetValues("WWW-Authenticate")));
    }

    public static TheoryData<string> Junk => ["5", "true", "{\"shelf:read\":true}", "[5,{}]", "[]", "[[\"shelf:read\"]]"];

    [Theory]
    [MemberData(nameof(Junk))]
    public async Task A_scope_claim_that_is_no_text_is_not_taken_for_a_sessions_token(string json)
    {
        using var document = JsonDocument.Parse(json);
        using var shelf = await SendAsync("GET", "/shelf", Issuer.Sign(("scope", document.RootElement.Clone())));
        Assert.NotEqual(HttpStatusCode.OK, shelf.StatusCode);
        using var mine = await SendAsync("GET", "/mine", Issuer.Sign(("scope", document.RootElement.Clone())));
        Assert.NotEqual(HttpStatusCode.OK, mine.StatusCode);
    }

    [Fact]
    public async Task A_list_of_scopes_counts_like_text()
    {
        using var response = await SendAsync("GET", "/shelf", Issuer.Sign(("scope", new[] { "openid", "shelf:read" })));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Where_anybody_may_come_in_a_token_with_scopes_counts_for_nothing()
    {
        using var session = await SendAsync("GET", "/open", Issuer.Sign());
        Assert.Equal("\"ada\"", await session.Content.ReadAsStringAsync(Cancellation));
        using var scoped = await SendAsync("GET", "/open", Issuer.Sign(("scope", "shelf:read")));
        Assert.Equal(HttpStatusCode.OK, scoped.StatusCode);
        Assert.Equal("\"nobody\"", await scoped.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Where_anybody_may_come_in_but_tokens_need_a_scope_it_is_asked_for()
    {
        using var anonymous = await SendAsync("GET", "/open/marked", token: null);
        Assert.Equal("\"nobody\"", await anonymous.Content.ReadAsStringAsync(Cancellation));
        using var scoped = await SendAsync("GET", "/open/marked", Issuer.Sign(("scope", "shelf:read")));
        Assert.Equal("\"ada\"", await scoped.Content.ReadAsStringAsync(Cancellation));
        using var other = await SendAsync("GET", "/open/marked", Issuer.Sign(("scope", "openid")));
        await RefusedAsync(other);
    }

    [Theory]
    [InlineData("https://chat.example/oauth/userinfo", "chat")]
    [InlineData("chat")]
    public async Task A_token_for_the_api_is_taken_even_when_it_is_for_others_too(params string[] audiences)
    {
        using var response = await SendAsync("GET", "/shelf", Issuer.Sign(("aud", audiences), ("scope", "openid shelf:read")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("https://chat.example/oauth/userinfo")]
    [InlineData("chatter")]
    [InlineData("Chat")]
    public async Task A_token_for_others_only_is_not_taken(string audience)
    {
        using var response = await SendAsync("GET", "/shelf", Issuer.Sign(("aud", new[] { audience }), ("scope", "openid shelf:read")));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task The_caller_knows_a_program_and_its_scopes()
    {
        using var bot = JsonDocument.Parse(await (await SendAsync("GET", "/shelf/who", Issuer.Sign(("bot", true), ("scope", "shelf:read openid")))).Content.ReadAsStringAsync(Cancellation));
        Assert.True(bot.RootElement.GetProperty("bot").GetBoolean());
        Assert.Equal(["openid", "shelf:read"], bot.RootElement.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()).Order(StringComparer.Ordinal));
        using var person = JsonDocument.Parse(await (await SendAsync("GET", "/shelf/who", Issuer.Sign(("bot", "yes")))).Content.ReadAsStringAsync(Cancellation));
        Assert.False(person.RootElement.GetProperty("bot").GetBoolean());
        Assert.False(person.RootElement.TryGetProperty("scopes", out _));
    }

    [Fact]
    public async Task Internal_routes_do_not_know_scopes()
    {
        using var user = await SendAsync("GET", "/internal/ping", Issuer.Sign(("scope", "shelf:read")));
        Assert.Equal(HttpStatusCode.Unauthorized, user.StatusCode);
        var tokens = Service.Services.GetRequiredService<ServiceTokens>();
        using var service = await SendAsync("GET", "/internal/ping", tokens.For(tokens.Name));
        Assert.Equal(HttpStatusCode.OK, service.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await Service.Client.SendAsync(request, Cancellation);
    }

    private static async Task<JsonElement> RefusedAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"expected 403, got {(int)response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal("insufficient_scope", problem.GetProperty("code").GetString());
        return problem;
    }
}
