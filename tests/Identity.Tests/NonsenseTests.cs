using System.Net;
using System.Text.Json;
using Chat.Identity.Tests.Administration;
using Chat.Stores;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests;

/// <summary>What no client sends, at every route there is: a refusal with a code, never a failure.</summary>
public sealed class NonsenseTests(IdentityStores stores)
{
    private static readonly string Long = string.Concat(Enumerable.Repeat("😀", 3000));

    /// <summary>In the place of a value of JSON: what may get past the reader.</summary>
    private static readonly string[] Values = ["\"\\u0000\"", $"\"{Long}\"", "\"9999-12-31T23:59:59-14:00\""];

    private static readonly string[] WrongTypes = ["null", "1e400", "[null]", "{\"a\":1}", "\"0001-01-01T00:00:00+14:00\""];

    private static readonly string[] Bodies = ["", "null", "[]", "1", "\"text\"", "{", "{}", "{\"a\":{\"b\":[[[[]]]]}}", "\u0000"];

    /// <summary>In the place of a part of the address.</summary>
    private static readonly string[] Texts = ["%00", "%F0%9F%98%80", "-1", "99999999999999999999", "", "x%0D%0Ay", "%27%20or%201=1%20--", "a,b", new('a', 1000)];

    private static readonly string[] Parameters =
        ["limit", "cursor", "q", "state", "role", "kind", "ids", "to", "actor", "target", "action", "returnUrl", "link", "remember", "endOtherSessions", "username", "client_id", "redirect_uri", "scope", "token"];

    [Fact]
    public async Task G11_Nonsense_is_refused_by_every_route()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database, new Dictionary<string, string?>
        {
            ["SignIn:PerAccountAndAddress"] = "100000",
            ["SignIn:PerAccount"] = "100000",
            ["TwoFactor:WrongCodesPerMinute"] = "1000",
            ["TwoFactor:WrongCodesPerHour"] = "1000",
        });
        var routes = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => (Method: method, Path: endpoint.RoutePattern.RawText ?? "")) ?? [])
            .Where(route => !route.Path.Contains("export", StringComparison.Ordinal)).Distinct().ToList();
        Assert.True(routes.Count > 80, $"Only {routes.Count} routes were found.");
        var failures = new List<string>();
        foreach (var route in routes)
            failures.AddRange(await TryAsync(service, database, route.Method, route.Path));

        Assert.Empty(failures);
    }

    private static async Task<IReadOnlyList<string>> TryAsync(RunningService<IdentityService> service, string database, string method, string route)
    {
        // Somebody new: some of what is tried may be done.
        using var person = await Person.NewAdminAsync(service, database);
        using var peer = service.CreateClient(service.ServiceToken("identity"));
        var client = route.Contains("internal", StringComparison.Ordinal) ? peer : person.Client;
        var failures = new List<string>();
        foreach (var (path, body) in Requests(method, route, person))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("X-Audit-Reason", "a test");
            request.Content = body is null ? null : Calls.Json(body);
            var answer = await client.AnswerAsync(request);
            if (answer.Status >= HttpStatusCode.InternalServerError)
                failures.Add($"{method} {path[..Math.Min(path.Length, 120)]} {body?[..Math.Min(body.Length, 400)]}: {answer.Status} {answer.Code}");
        }

        return failures;
    }

    private static IEnumerable<(string Path, string? Body)> Requests(string method, string route, Person person)
    {
        var sound = Fill(route, Guid.NewGuid().ToString());
        foreach (var text in Texts)
        {
            if (route.Contains('{', StringComparison.Ordinal))
                yield return (Fill(route, text), "{}");
            if (method is "GET" or "DELETE")
            {
                foreach (var name in Parameters)
                    yield return ($"{sound}?{name}={text}", null);
            }
        }

        if (method is "GET")
            yield break;
        foreach (var body in Bodies)
            yield return (sound, body);
        var fields = Fields(person);
        foreach (var value in Values.Concat(WrongTypes))
            yield return (sound, $"{{{string.Join(',', fields.Keys.Select(name => $"\"{name}\":{value}"))}}}");
        foreach (var value in Values)
        {
            foreach (var field in fields.Keys)
                yield return (sound, $"{{{string.Join(',', fields.Select(one => $"\"{one.Key}\":{(one.Key == field ? value : one.Value)}"))}}}");
        }
    }

    private static string Fill(string route, string value) => string.Join('/', route.Split('/').Select(part => part.StartsWith('{') ? value : part));

    /// <summary>All that any route reads, with what it might take.</summary>
    private static Dictionary<string, string> Fields(Person person) => new Dictionary<string, object>
    {
        ["email"] = $"{Calls.NewName()}@example.org",
        ["username"] = person.Username,
        ["password"] = "wrong password",
        ["displayName"] = "Ann",
        ["login"] = person.Username,
        ["code"] = "123456",
        ["token"] = new string('A', 43),
        ["currentPassword"] = "wrong password",
        ["newPassword"] = "something else entirely",
        ["name"] = "x",
        ["scopes"] = new[] { "account:read" },
        ["expiresAt"] = "2999-01-01T00:00:00Z",
        ["bot"] = Guid.NewGuid(),
        ["challenge"] = Guid.NewGuid(),
        ["credential"] = new { id = "AAAA" },
        ["homepage"] = "https://example.org/",
        ["redirectUris"] = new[] { "https://example.org/" },
        ["grants"] = new[] { "authorization_code" },
        ["public"] = false,
        ["reason"] = "x",
        ["role"] = "user",
        ["about"] = "x",
        ["pronouns"] = "x",
        ["timeZone"] = "Europe/Vienna",
        ["locale"] = "de-AT",
        ["avatar"] = Guid.NewGuid(),
        ["banner"] = Guid.NewGuid(),
        ["remember"] = false,
        ["reactivate"] = false,
        ["endOtherSessions"] = false,
        ["cookie"] = new string('A', 43),
        ["accounts"] = new[] { Guid.NewGuid() },
        ["decision"] = "allow",
        ["client_id"] = "x",
        ["redirect_uri"] = "https://example.org/",
    }.ToDictionary(field => field.Key, field => JsonSerializer.Serialize(field.Value));
}
