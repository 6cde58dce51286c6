using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Chat.ServiceDefaults.Tests;

public sealed class IdempotencyTests(TestStores stores)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G2_twenty_parallel_requests_with_one_key_over_two_replicas_make_one_note_and_get_equal_answers()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var one = await SampleService.StartAsync(stores, database);
        await using var two = await SampleService.StartAsync(stores, database);
        var user = Guid.NewGuid();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => PostAsync(index % 2 == 0 ? one : two, "once", "key-1", user)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        Assert.Single(answers.Select(answer => answer.Body).Distinct(StringComparer.Ordinal));
        Assert.Equal(1L, await CountNotesAsync(database));
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused_and_another_user_may_use_it()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);
        var user = Guid.NewGuid();
        await PostAsync(service, "first", "key-1", user);

        var reused = await PostAsync(service, "second", "key-1", user);
        var other = await PostAsync(service, "second", "key-1", Guid.NewGuid());

        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.Status);
        Assert.Equal("idempotency_key_reused", Code(reused.Body));
        Assert.Equal(HttpStatusCode.Created, other.Status);
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);
        var user = Guid.NewGuid();

        var refused = await PostAsync(service, "refuse", "key-1", user);
        var accepted = await PostAsync(service, "fine", "key-1", user);

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Equal(HttpStatusCode.Created, accepted.Status);
    }

    [Fact]
    public async Task Anonymous_callers_with_the_same_key_do_not_see_each_others_answers()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);

        var one = await PostAsync(service, "mine", "key-1", null);
        var two = await PostAsync(service, "yours", "key-1", null);
        var again = await PostAsync(service, "mine", "key-1", null);

        Assert.Equal(HttpStatusCode.Created, two.Status);
        Assert.NotEqual(one.Body, two.Body);
        Assert.Equal(one.Body, again.Body);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("tab\tinside")]
    public async Task A_key_that_is_not_visible_ascii_is_refused(string key)
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);

        var answer = await PostAsync(service, "x", key, Guid.NewGuid());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task Old_keys_are_removed_without_waiting_for_those_that_somebody_holds()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await RunAsync(
            database,
            """
            insert into idempotency_keys (user_id, key, fingerprint, created_at)
            select gen_random_uuid(), i::text, '', now() - case when i = 3001 then interval '23 hours' else interval '25 hours' end from generate_series(1, 3001) i
            """);
        await using var holder = new NpgsqlConnection(database);
        await holder.OpenAsync(Cancellation);
        await using var held = await holder.BeginTransactionAsync(Cancellation);
        await using (var hold = new NpgsqlCommand("select from idempotency_keys where key = '1' for update", holder, held))
        {
            await hold.ExecuteNonQueryAsync(Cancellation);
        }

        await using var one = await SampleService.StartAsync(stores, database);
        await using var two = await SampleService.StartAsync(stores, database);

        string[] left = [];
        for (var waited = Stopwatch.StartNew(); left.Length != 2; await Task.Delay(10, Cancellation))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), $"{left.Length} keys are left");
            left = await KeysAsync(database);
        }

        Assert.Equal(["1", "3001"], left.Order(StringComparer.Ordinal));
    }

    private static async Task RunAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<string[]> KeysAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("select coalesce(array_agg(key), '{}') from idempotency_keys", connection);
        return (string[])(await command.ExecuteScalarAsync(Cancellation) ?? Array.Empty<string>());
    }

    private static string? Code(string body) => JsonDocument.Parse(body).RootElement.GetProperty("code").GetString();

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(SampleService service, string text, string key, Guid? user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/notes") { Content = JsonContent.Create(new { text, key = "k", user }) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await service.Client.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task<long> CountNotesAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("select count(*) from \"Notes\"", connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation) ?? -1L);
    }
}
