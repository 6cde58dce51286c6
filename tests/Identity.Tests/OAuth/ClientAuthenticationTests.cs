using System.Net;
using System.Text;

namespace Chat.Identity.Tests.OAuth;

/// <summary>Who asks the token endpoint, and in what form.</summary>
public sealed class ClientAuthenticationTests(IdentityStores stores) : IAsyncLifetime
{
    private const string Form = "application/x-www-form-urlencoded";

    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");

    public async ValueTask InitializeAsync()
    {
        _person = await stores.Shared.NewClientAsync();
        _app = await OAuthApp.RegisterAsync(_person, grants: ["authorization_code", "refresh_token", "client_credentials"]);
    }

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_secret_comes_in_the_header_or_in_the_form()
    {
        (await SendAsync("grant_type=client_credentials", OAuthApp.Basic(_app.Id, _app.Secret))).Expect(HttpStatusCode.OK);
        (await SendAsync($"grant_type=client_credentials&client_id={_app.Id}", OAuthApp.Basic(_app.Id, _app.Secret))).Expect(HttpStatusCode.OK);
        (await SendAsync("grant_type=client_credentials", OAuthApp.Basic(_app.Id, _app.Secret?.Replace("_", "%5F", StringComparison.Ordinal)))).Expect(HttpStatusCode.OK);
        (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Never_in_both()
    {
        (await SendAsync($"grant_type=client_credentials&client_secret={_app.Secret}", OAuthApp.Basic(_app.Id, _app.Secret)))
            .ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
        (await SendAsync("grant_type=client_credentials&client_id=other", OAuthApp.Basic(_app.Id, _app.Secret))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Basic /////w==")]
    [InlineData("Basic ADoA")]
    [InlineData("Digest abc")]
    [InlineData("Bearer abc")]
    public async Task A_header_that_says_nothing_is_no_client(string header) => await RefusedAsync("grant_type=client_credentials", ("Authorization", header));

    [Fact]
    public async Task Wrong_credentials_look_alike()
    {
        var unknown = await RefusedAsync("grant_type=client_credentials", OAuthApp.Basic("nobody", _app.Secret));
        var wrong = await RefusedAsync("grant_type=client_credentials", OAuthApp.Basic(_app.Id, "chat_cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        await RefusedAsync($"grant_type=client_credentials&client_id={_app.Id}");
        await RefusedAsync($"grant_type=client_credentials&client_id={_app.Id}&client_secret=");
        await RefusedAsync("grant_type=client_credentials&client_id=%FF%27");
        await RefusedAsync("grant_type=client_credentials&client_id=%F0%9F%8E%88");
        await RefusedAsync("grant_type=client_credentials");

        Assert.Equal(unknown.Text, wrong.Text);
    }

    [Fact]
    public async Task A_public_client_has_no_secret_to_show()
    {
        var app = await OAuthApp.RegisterAsync(_person, isPublic: true);

        await RefusedAsync($"grant_type=authorization_code&client_id={app.Id}&client_secret=guess");
        (await app.ExchangeAsync(_anyone, await app.CodeAsync(_person))).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("grant_type=client_credentials&grant_type=client_credentials&client_id=a")]
    [InlineData("client_id=a&client_id=b&grant_type=client_credentials")]
    public async Task A_parameter_twice_is_refused(string form) => (await SendAsync(form)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");

    [Fact]
    public async Task A_form_larger_than_any_sound_one_is_refused()
    {
        (await SendAsync("grant_type=" + new string('a', 100_000))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
        (await SendAsync(new string('a', 100_000))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
        (await SendAsync(string.Join('&', Enumerable.Range(0, 2000).Select(i => $"p{i}=v")))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");

        // Refused unread: without asking first, the answer could be lost with the connection.
        using var patient = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = stores.Shared.Address };
        patient.DefaultRequestHeaders.ExpectContinue = true;
        using var content = new StringContent(new string('&', 2_000_000), Encoding.UTF8, "application/x-www-form-urlencoded");
        (await patient.PostBodyAsync("/oauth/token", content)).Expect(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "grant_type=client_credentials")]
    [InlineData("multipart/form-data; boundary=b", "--b--")]
    public async Task Another_media_type_is_refused(string type, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await _anyone.PostBodyAsync("/oauth/token", content)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Guessing_is_stopped()
    {
        Answer answer;
        var tries = 0;
        do
        {
            answer = await SendAsync("grant_type=client_credentials", OAuthApp.Basic(_app.Id, "wrong"));
        }
        while (answer.Status == HttpStatusCode.Unauthorized && ++tries < 100);

        answer.ExpectOAuthError(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(60, tries);
    }

    private async Task<Answer> RefusedAsync(string form, params (string, string)[] headers)
    {
        var answer = (await SendAsync(form, headers)).ExpectOAuthError(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        return answer;
    }

    private async Task<Answer> SendAsync(string form, params (string, string)[] headers) => await _anyone.PostBodyAsync("/oauth/token", Calls.Json(form, Form), headers);
}
