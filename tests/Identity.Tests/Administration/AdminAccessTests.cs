using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests.Administration;

public sealed class AdminAccessTests(IdentityStores stores)
{
    private static readonly string Somebody = $"admin/users/{Guid.CreateVersion7()}";

    public static TheoryData<string, string> Routes => new()
    {
        { "GET", "admin/users" },
        { "GET", Somebody },
        { "POST", $"{Somebody}/disable" },
        { "POST", $"{Somebody}/enable" },
        { "PUT", $"{Somebody}/role" },
        { "DELETE", $"{Somebody}/sessions" },
        { "DELETE", $"{Somebody}/two-factor" },
        { "GET", "admin/audit-log" },
    };

    [Fact]
    public void Administrators_have_these_routes_and_no_other()
    {
        var mapped = stores.Shared.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.Contains("/admin/", StringComparison.Ordinal) == true)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}") ?? []);

        var expected = Routes.Select(route => $"{route.Data.Item1} /api/v1/{route.Data.Item2.Replace(Somebody, "admin/users/{id:guid}", StringComparison.Ordinal)}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), mapped.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Who_is_no_administrator_is_refused(string method, string path)
    {
        using var person = await Person.NewAsync(stores.Shared);
        await Sql.RunAsync(stores.Database, "update accounts set role = 0 where id = $1", person.Id);

        (await CallAsync(person.Client, method, path)).ExpectProblem(HttpStatusCode.Forbidden, "admin_required");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_stranger_is_sent_away(string method, string path)
    {
        using var nobody = stores.Shared.CreateClient();
        using var peer = stores.Shared.CreateClient(Stores.Accounts.ServiceToken(stores.Shared, "identity"));

        foreach (var client in new[] { nobody, peer })
            (await CallAsync(client, method, path)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task An_administrators_access_token_with_scopes_is_refused(string method, string path)
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        var exchanged = (await stores.Shared.ExchangeTokenAsync(await admin.NewTokenAsync())).Expect(HttpStatusCode.OK);
        using var script = stores.Shared.CreateClient(exchanged.Body.GetProperty("accessToken").GetString());

        (await CallAsync(script, method, path)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task The_role_counts_from_one_request_to_the_next()
    {
        using var person = await Person.NewAsync(stores.Shared);
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);

        (await admin.ChangeRoleAsync(person.Id, "admin")).Expect(HttpStatusCode.NoContent);
        (await person.ReadAsync("admin/users")).Expect(HttpStatusCode.OK);
        (await admin.ChangeRoleAsync(person.Id, "user")).Expect(HttpStatusCode.NoContent);
        (await person.ReadAsync("admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "admin_required");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task What_changes_something_asks_for_a_fresh_proof(string method, string path)
    {
        using var admin = await Person.NewAdminAsync(stores.Shared, stores.Database);
        await Sql.RunAsync(stores.Database, "update sessions set proved_at = now() - interval '6 minutes' where id = $1", admin.Session);

        var answer = await CallAsync(admin.Client, method, path);

        if (method == "GET")
            Assert.NotEqual(HttpStatusCode.Forbidden, answer.Status);
        else
            Assert.Equal("password", answer.ExpectProblem(HttpStatusCode.Forbidden, "proof_required").Body.GetProperty("methods")[0].GetString());
    }

    private static async Task<Answer> CallAsync(HttpClient client, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}");
        if (method is "POST" or "PUT")
            request.Content = Calls.Json("""{"role":"user","reason":"a test"}""");
        request.Headers.Add("X-Audit-Reason", "a test");
        return await client.AnswerAsync(request);
    }
}
