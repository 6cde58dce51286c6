using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Chat.ServiceDefaults.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.ServiceDefaults.Tests;

public sealed class ErrorTests(TestStores stores) : IAsyncLifetime
{
    private string _database = "";
    private SampleService? _service;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SampleService Service => _service ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync() => _service = await SampleService.StartAsync(stores, _database = await SampleService.CreateDatabaseAsync(stores));

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    [Theory]
    [InlineData("{", 400, "malformed_request")]
    [InlineData("", 400, "malformed_request")]
    [InlineData("null", 400, "malformed_request")]
    [InlineData("[]", 400, "malformed_request")]
    [InlineData("""{"text":5,"key":"k"}""", 400, "malformed_request")]
    [InlineData("""{"text":null,"key":"k"}""", 400, "malformed_request")]
    [InlineData("""{"key":"k"}""", 400, "malformed_request")]
    [InlineData("""{"text":"a","text":"b","key":"k"}""", 400, "malformed_request")]
    [InlineData("""{"text":"\ud800","key":"k"}""", 400, "malformed_request")]
    public async Task G11_a_body_that_cannot_be_read_is_a_problem_with_a_code(string body, int status, string code)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Service.Client.PostAsync(new Uri("/notes", UriKind.Relative), content, Cancellation);
        await AssertProblemAsync(response, status, code);
    }

    [Fact]
    public async Task G11_a_huge_body_is_refused_by_size()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/notes");
        request.Content = new StringContent($$"""{"text":"{{new string('x', 20_000_000)}}","key":"k"}""", Encoding.UTF8, "application/json");
        request.Headers.ExpectContinue = true;
        using var response = await Service.Client.SendAsync(request, Cancellation);
        await AssertProblemAsync(response, 413, "body_too_large");
    }

    [Fact]
    public async Task G11_field_errors_name_the_field()
    {
        using var content = new StringContent($$"""{"text":"{{new string('x', 101)}}","key":"k"}""", Encoding.UTF8, "application/json");
        using var response = await Service.Client.PostAsync(new Uri("/notes", UriKind.Relative), content, Cancellation);
        var problem = await AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal("too_long", problem.GetProperty("errors").GetProperty("text")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task G11_an_address_without_a_route_tells_a_stranger_nothing()
    {
        using var response = await Service.Client.GetAsync(new Uri("/nowhere", UriKind.Relative), Cancellation);
        await AssertProblemAsync(response, 401, "unauthenticated");
    }

    [Fact]
    public async Task A_defect_is_a_500_that_tells_nothing()
    {
        using var response = await Service.Client.GetAsync(new Uri("/broken", UriKind.Relative), Cancellation);
        await AssertProblemAsync(response, 500, "internal_error");
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task G11_the_loser_of_a_deadlock_is_told_to_repeat_its_request()
    {
        await using var other = new NpgsqlConnection(_database);
        await other.OpenAsync(Cancellation);
        // Whoever notices it loses, and this side does not look.
        await using var first = new NpgsqlCommand("set deadlock_timeout = '1h'; begin; select pg_advisory_xact_lock(2)", other);
        await first.ExecuteNonQueryAsync(Cancellation);

        var crossing = Service.Client.PostAsync(new Uri("/crossing", UriKind.Relative), null, Cancellation);
        await using var taken = new NpgsqlCommand("select exists (select from pg_locks where locktype = 'advisory' and objid = 1 and database = (select oid from pg_database where datname = current_database()))", other);
        await Eventually.HoldsAsync("the request has the one lock", TimeSpan.FromMinutes(1), async () => await taken.ExecuteScalarAsync(Cancellation) is true);
        await using var second = new NpgsqlCommand("select pg_advisory_xact_lock(1)", other);
        await second.ExecuteNonQueryAsync(Cancellation);

        using var response = await crossing;
        await AssertProblemAsync(response, 503, "changes_collided");
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")]
    public async Task A_route_without_a_policy_of_its_own_needs_a_token(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/mine");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await Service.Client.SendAsync(request, Cancellation);
        Assert.True(response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.ServiceUnavailable, $"answered {response.StatusCode}");
    }

    [Fact]
    public async Task Internal_routes_take_service_tokens_for_this_service_only()
    {
        var tokens = Service.Services.GetRequiredService<ServiceTokens>();
        Assert.Equal(HttpStatusCode.Unauthorized, await PingAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await PingAsync(tokens.For("somebody-else")));
        Assert.Equal(HttpStatusCode.OK, await PingAsync(tokens.For(tokens.Name)));
    }

    [Fact]
    public async Task Health_and_liveness_answer_without_a_token()
    {
        Assert.Equal("Healthy", await Service.Client.GetStringAsync(new Uri("/alive", UriKind.Relative), Cancellation));
        using var health = await Service.Client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        Assert.True(health.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable);
    }

    private async Task<HttpStatusCode> PingAsync(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/ping");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await Service.Client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, $"expected {status}, got {(int)response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }
}
