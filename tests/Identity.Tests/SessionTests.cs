using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests;

public sealed class SessionTests(IdentityStores stores)
{
    private const string Route = "/api/v1/auth/sessions";

    [Theory]
    [InlineData("GET", "/api/v1/users/@me")]
    [InlineData("GET", Route)]
    [InlineData("GET", Route + "/01a20033-9c93-7470-bada-2e9f9020ac5f")]
    [InlineData("DELETE", Route)]
    [InlineData("DELETE", Route + "/01a20033-9c93-7470-bada-2e9f9020ac5f")]
    [InlineData("POST", "/api/v1/auth/logout")]
    public async Task A_stranger_is_sent_away(string method, string path)
    {
        using var nobody = stores.Shared.CreateClient();
        using var forger = stores.Shared.CreateClient("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.");
        using var peer = stores.Shared.CreateClient(stores.Shared.ServiceToken("identity"));

        foreach (var client in new[] { nobody, forger, peer })
            (await client.SendAsync(new HttpMethod(method), path)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task My_account_is_as_I_registered_it()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        var me = (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        Assert.Equal(name, me.Body.GetProperty("username").GetString());
        Assert.Equal($"{name}@example.org", me.Body.GetProperty("email").GetString());
        Assert.True(me.Body.GetProperty("emailVerified").GetBoolean());
    }

    [Fact]
    public async Task My_sessions_are_listed_newest_first_with_the_current_one_marked()
    {
        var (name, token, session, _) = await stores.Shared.NewPersonAsync();
        var newer = await stores.Shared.OpenSessionAsync(name);
        using var client = stores.Shared.CreateClient(token);

        var items = (await client.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items");

        Assert.Equal([newer.Session, session], items.EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.Equal([false, true], items.EnumerateArray().Select(i => i.GetProperty("current").GetBoolean()));
        Assert.Equal("127.0.0.1", items[0].GetProperty("address").GetString());
    }

    [Fact]
    public async Task The_list_comes_in_pages()
    {
        var (name, token, session, _) = await stores.Shared.NewPersonAsync();
        var second = await stores.Shared.OpenSessionAsync(name);
        var third = await stores.Shared.OpenSessionAsync(name);
        using var client = stores.Shared.CreateClient(token);

        var first = (await client.ReadAsync($"{Route}?limit=2")).Expect(HttpStatusCode.OK).Body;
        var rest = (await client.ReadAsync($"{Route}?limit=2&cursor={first.GetProperty("next").GetString()}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal([third.Session, second.Session], first.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.Equal([session], rest.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
        Assert.False(rest.TryGetProperty("next", out _));
    }

    [Theory]
    [InlineData("?limit=0", "limit:out_of_range")]
    [InlineData("?limit=101", "limit:out_of_range")]
    [InlineData("?limit=-1", "limit:out_of_range")]
    [InlineData("?cursor=x", "cursor:invalid")]
    public async Task A_bad_page_is_named(string query, string error)
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        (await client.ReadAsync(Route + query)).ExpectFieldErrors(error);
    }

    [Fact]
    public async Task A_limit_that_is_no_number_is_malformed()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        (await client.ReadAsync($"{Route}?limit=ten")).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
        (await client.ReadAsync($"{Route}/x")).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_user_agent_is_kept_up_to_a_length()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);
        using var browser = stores.Shared.CreateClient();
        var login = await browser.PostBodyAsync(
            "/api/v1/auth/login", new { login = name, password = Calls.Password }, ("User-Agent", new string('a', 300)), ("X-Forwarded-For", "2001:db8::1"));
        var id = login.Expect(HttpStatusCode.OK).Body.GetProperty("session").GetProperty("id").GetGuid();

        var session = (await client.ReadAsync($"{Route}/{id}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(new string('a', 256), session.GetProperty("userAgent").GetString());
        Assert.Equal("2001:db8::1", session.GetProperty("address").GetString());
    }

    [Fact]
    public async Task Anothers_session_cannot_be_told_from_none()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        var other = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);
        using var otherClient = stores.Shared.CreateClient(other.Token);

        var existing = (await client.SendAsync(HttpMethod.Delete, $"{Route}/{other.Session}")).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        var missing = (await client.SendAsync(HttpMethod.Delete, $"{Route}/{Guid.NewGuid()}")).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");

        Assert.Equal(missing.Body.GetProperty("detail").GetString(), existing.Body.GetProperty("detail").GetString());
        (await client.ReadAsync($"{Route}/{other.Session}")).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        (await otherClient.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G4_A_session_I_end_is_over_at_once()
    {
        var (name, token, _, _) = await stores.Shared.NewPersonAsync();
        var lost = await stores.Shared.OpenSessionAsync(name);
        using var client = stores.Shared.CreateClient(token);
        using var thief = stores.Shared.CreateClient(lost.Token);
        (await thief.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await client.SendAsync(HttpMethod.Delete, $"{Route}/{lost.Session}")).Expect(HttpStatusCode.NoContent);

        (await thief.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await stores.Shared.ExchangeAsync(lost.Cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        (await client.ReadAsync($"{Route}/{lost.Session}")).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        (await client.SendAsync(HttpMethod.Delete, $"{Route}/{lost.Session}")).Expect(HttpStatusCode.NoContent);
        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G4_All_other_sessions_end_together()
    {
        var (name, token, session, _) = await stores.Shared.NewPersonAsync();
        var others = new[] { await stores.Shared.OpenSessionAsync(name), await stores.Shared.OpenSessionAsync(name) };
        using var client = stores.Shared.CreateClient(token);

        (await client.SendAsync(HttpMethod.Delete, Route)).Expect(HttpStatusCode.NoContent);

        foreach (var other in others)
        {
            using var ended = stores.Shared.CreateClient(other.Token);
            (await ended.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.Unauthorized);
        }

        var left = (await client.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items");
        Assert.Equal([session], left.EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task G6_An_account_has_a_hundred_sessions_at_most()
    {
        var (name, token, session, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient();
        for (var i = 0; i < 100; i++)
            (await client.LoginAsync(name)).Expect(HttpStatusCode.OK);

        using var oldest = stores.Shared.CreateClient(token);
        (await oldest.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.Unauthorized);
        var newest = await stores.Shared.OpenSessionAsync(name);
        using var mine = stores.Shared.CreateClient(newest.Token);
        var items = (await mine.ReadAsync($"{Route}?limit=100")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(100, items.GetProperty("items").GetArrayLength());
        Assert.False(items.TryGetProperty("next", out _));
        Assert.DoesNotContain(session, items.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task Ending_the_current_session_takes_the_cookie_back()
    {
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        var answer = (await client.SendAsync(HttpMethod.Delete, $"{Route}/{session}")).Expect(HttpStatusCode.NoContent);

        Assert.StartsWith("chat_session=;", Assert.Single(answer.SetCookies), StringComparison.Ordinal);
    }

    [Fact]
    public async Task G6_Ended_sessions_do_not_pile_up()
    {
        var database = await stores.CreateDatabaseAsync();
        await using (var service = stores.Start(database))
            await service.NewPersonAsync();
        var clock = new OffsetClock();
        clock.Advance(TimeSpan.FromDays(2));

        await using var later = stores.Start(database, services: services => services.AddClock(clock));

        await using var source = NpgsqlDataSource.Create(database);
        await Eventually.HoldsAsync("the ended session to be removed", async () =>
        {
            await using var command = source.CreateCommand("select count(*) from sessions");
            return await command.ExecuteScalarAsync(Calls.Cancel) is 0L;
        });
    }

    [Fact]
    public async Task A_session_expires()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        var (_, token, session, cookie) = await service.NewPersonAsync();

        clock.Advance(TimeSpan.FromHours(7) + TimeSpan.FromMinutes(1));

        (await service.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
        using var client = service.CreateClient(token);
        (await client.ReadAsync($"{Route}/{session}")).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }
}
