using System.Net;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace Chat.Identity.Tests;

public sealed class ExchangeTests(IdentityStores stores)
{
    private const string Route = "/internal/sessions/exchange";

    [Fact]
    public async Task A_cookie_becomes_a_token_of_five_minutes()
    {
        var (name, _, session, cookie) = await stores.Shared.NewPersonAsync();

        var answer = (await stores.Shared.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(session, answer.GetProperty("session").GetGuid());
        var token = new JsonWebToken(answer.GetProperty("accessToken").GetString());
        Assert.Equal("ES256", token.Alg);
        Assert.Equal("http://localhost:8080", token.Issuer);
        Assert.Equal(["chat"], token.Audiences);
        Assert.Equal(answer.GetProperty("user").GetGuid().ToString(), token.Subject);
        Assert.Equal(session.ToString(), token.GetPayloadValue<string>("sid"));
        Assert.Equal(name, token.GetPayloadValue<string>("preferred_username"));
        Assert.Equal(name, token.GetPayloadValue<string>("name"));
        Assert.True(Guid.TryParse(token.Id, out _));
        Assert.Equal(answer.GetProperty("expiresAt").GetDateTimeOffset().UtcDateTime, token.ValidTo);
        Assert.InRange(token.ValidTo - token.IssuedAt, TimeSpan.FromSeconds(299), TimeSpan.FromSeconds(301));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0")]
    [InlineData("ääääääääääääääääääääääääääääääääääääääääääa")]
    public async Task Any_other_value_is_no_session(string cookie) =>
        (await stores.Shared.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"cookie":null}""")]
    [InlineData("""{"cookie":1}""")]
    [InlineData("null")]
    public async Task A_body_of_the_wrong_shape_is_malformed(string body)
    {
        using var gateway = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));

        (await gateway.PostBodyAsync(Route, Calls.Json(body))).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Only_a_service_may_exchange_or_ask()
    {
        var (_, token, session, cookie) = await stores.Shared.NewPersonAsync();
        using var nobody = stores.Shared.CreateClient();
        using var person = stores.Shared.CreateClient(token);
        using var misdirected = stores.Shared.CreateClient(stores.Shared.ServiceToken("messaging"));

        foreach (var client in new[] { nobody, person, misdirected })
        {
            (await client.PostBodyAsync(Route, new { cookie })).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            (await client.ReadAsync($"/internal/sessions/{session}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    [Fact]
    public async Task Services_learn_whether_a_session_stands()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        using var service = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));
        using var client = stores.Shared.CreateClient(token);

        Assert.True((await service.ReadAsync($"/internal/sessions/{session}")).Expect(HttpStatusCode.OK).Body.GetProperty("active").GetBoolean());
        (await client.PostBodyAsync("/api/v1/auth/logout", null)).Expect(HttpStatusCode.NoContent);
        Assert.False((await service.ReadAsync($"/internal/sessions/{session}")).Expect(HttpStatusCode.OK).Body.GetProperty("active").GetBoolean());
        Assert.False((await service.ReadAsync($"/internal/sessions/{Guid.NewGuid()}")).Expect(HttpStatusCode.OK).Body.GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task An_exchange_notes_when_the_session_was_seen()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var (_, token, session, cookie) = await service.NewPersonAsync();
        clock.Advance(TimeSpan.FromMinutes(2));

        (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK);

        using var client = service.CreateClient(token);
        var seen = (await client.ReadAsync($"/api/v1/auth/sessions/{session}")).Expect(HttpStatusCode.OK).Body;
        Assert.InRange(
            seen.GetProperty("lastSeenAt").GetDateTimeOffset() - seen.GetProperty("createdAt").GetDateTimeOffset(), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task The_cookie_itself_is_not_in_the_database()
    {
        var (_, _, session, cookie) = await stores.Shared.NewPersonAsync();

        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand("select cookie_hash from sessions where id = $1");
        command.Parameters.AddWithValue(session);
        var stored = (byte[]?)await command.ExecuteScalarAsync(Calls.Cancel);

        Assert.Equal(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(cookie)), stored);
    }
}
