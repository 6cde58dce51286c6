using System.Net;
using Chat.Stores;

namespace Chat.Identity.Tests;

public sealed class LogoutTests(IdentityStores stores)
{
    private const string Route = "/api/v1/auth/logout";

    [Fact]
    public async Task Logging_out_takes_the_cookie_back()
    {
        var (_, token, _, cookie) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        var answer = (await client.PostBodyAsync(Route, null)).Expect(HttpStatusCode.NoContent);

        Assert.StartsWith("chat_session=; expires=Thu, 01 Jan 1970", Assert.Single(answer.SetCookies), StringComparison.Ordinal);
        (await stores.Shared.ExchangeAsync(cookie)).ExpectProblem(HttpStatusCode.NotFound, "session_not_found");
    }

    [Fact]
    public async Task G4_Every_replica_refuses_the_token_from_the_answer_on()
    {
        await using var replica = stores.Start(stores.Database);
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);
        using var elsewhere = replica.CreateClient(token);
        (await elsewhere.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await client.PostBodyAsync(Route, null)).Expect(HttpStatusCode.NoContent);

        (await elsewhere.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await client.PostBodyAsync(Route, null)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task G4_The_event_stands_in_every_queue_before_the_answer()
    {
        await using var queue = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "SessionRevoked");
        var (_, token, session, _) = await stores.Shared.NewPersonAsync();
        using var client = stores.Shared.CreateClient(token);

        (await client.PostBodyAsync(Route, null)).Expect(HttpStatusCode.NoContent);

        Assert.Contains(await queue.TakeBodiesAsync(), e => e.GetProperty("session").GetGuid() == session);
    }

    [Fact]
    public async Task G4_Without_RabbitMQ_the_session_ends_but_is_not_answered_as_done()
    {
        // A database of its own: another replica's publisher would send the event.
        await using var service = stores.Start(
            await stores.CreateDatabaseAsync(), new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = "amqp://nobody:nothing@127.0.0.1:1" });
        var (name, token, session, cookie) = await service.NewPersonAsync();
        var other = await service.OpenSessionAsync(name);
        using var client = service.CreateClient(token);

        var answer = (await client.SendAsync(HttpMethod.Delete, $"/api/v1/auth/sessions/{other.Session}")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "not_yet_effective");

        Assert.NotNull(answer.Headers.RetryAfter);
        using var ended = service.CreateClient(other.Token);
        (await ended.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.Unauthorized);
        (await service.ExchangeAsync(other.Cookie)).Expect(HttpStatusCode.NotFound);
        (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G4_Without_Redis_the_session_ends_but_is_not_answered_as_done()
    {
        await using var service = stores.Start(stores.Database, new Dictionary<string, string?> { ["ConnectionStrings:redis"] = "127.0.0.1:1" });
        var (_, token, _, cookie) = await service.NewPersonAsync();
        using var client = service.CreateClient(token);

        (await client.PostBodyAsync(Route, null)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "not_yet_effective");

        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.Unauthorized);
        (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.NotFound);
    }
}
