using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Chat.ServiceDefaults.Tokens;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using StackExchange.Redis;

namespace Chat.ServiceDefaults.Tests;

/// <summary>A token that was validated before is trusted for no more than what was validated.</summary>
public sealed class ValidatedTokenTests(TestStores stores) : IAsyncLifetime
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

    [Fact]
    public async Task The_same_token_answers_the_same_again_and_a_limited_one_stays_limited()
    {
        var (whole, none) = (Issuer.Sign(("name", "Grace")), Issuer.Sign(("scope", "")));
        var first = await ReadAsync(whole);

        Assert.Contains("\"Grace\"", first, StringComparison.Ordinal);
        Assert.Equal(first, await ReadAsync(whole));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(none));
    }

    [Fact]
    public async Task Another_signature_under_the_same_claims_is_refused()
    {
        var good = Issuer.Sign();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(good));
        var parts = good.Split('.');
        var signature = Base64UrlEncoder.DecodeBytes(parts[2]);
        signature[5] ^= 1;

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{parts[0]}.{parts[1]}.{Base64UrlEncoder.Encode(signature)}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{parts[0]}.{parts[1]}."));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(good));
    }

    [Fact]
    public async Task Other_claims_under_the_same_signature_are_refused()
    {
        var parts = Issuer.Sign().Split('.');
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(string.Join('.', parts)));
        var claims = Base64UrlEncoder.Decode(parts[1]).Replace("\"Ada\"", "\"Eve\"", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{parts[0]}.{Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(claims))}.{parts[2]}"));
    }

    [Fact]
    public async Task A_token_ends_at_its_time_however_often_it_was_seen()
    {
        // Five seconds of difference between clocks are forgiven.
        var token = Issuer.Sign(TimeSpan.FromSeconds(-3));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));

        await Eventually.HoldsAsync("the token has expired", TimeSpan.FromSeconds(15), async () => await StatusAsync(token) == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task G4_the_session_is_looked_up_with_each_request()
    {
        var session = Guid.NewGuid();
        var token = Issuer.Sign(("sid", session.ToString()));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));

        // Where services look first, and where they look when that does not know.
        await Service.Services.GetRequiredService<IConnectionMultiplexer>().AskAsync(store => store.StringSetAsync(SessionStatus.RevokedPrefix + session, "1", TimeSpan.FromMinutes(1)));
        Issuer.RevokeAll();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));
    }

    [Fact]
    public async Task A_key_that_is_published_no_more_ends_its_tokens()
    {
        var token = Issuer.Sign();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));

        Issuer.ReplaceKey();
        var keys = Service.Services.GetRequiredService<IConfigurationManager<OpenIdConnectConfiguration>>();
        await Eventually.HoldsAsync("the keys were fetched again", TimeSpan.FromSeconds(30), async () =>
        {
            keys.RequestRefresh();
            return (await keys.GetConfigurationAsync(Cancellation)).SigningKeys.All(key => key.KeyId == "second");
        });

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Issuer.Sign()));
    }

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var response = await SendAsync(token);
        return response.StatusCode;
    }

    private async Task<string> ReadAsync(string token)
    {
        using var response = await SendAsync(token);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/mine") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return await Service.Client.SendAsync(request, Cancellation);
    }
}
