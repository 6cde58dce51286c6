using System.Net.Http.Json;
using Chat.ServiceDefaults.Events;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.ServiceDefaults.Tests;

public sealed class OutboxTests(TestStores stores)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_committed_with_its_change_is_published_and_its_row_removed()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);

        var text = Unique();
        using var response = await service.Client.PostAsJsonAsync("/notes", new { text, key = "k" }, Cancellation);
        response.EnsureSuccessStatusCode();

        await service.Heard.WaitAsync(text, 1);
        Assert.True(await service.Services.GetRequiredService<Outbox>().PublishedAsync("k", Cancellation));
        Assert.Equal(0L, await CountAsync(database));
    }

    [Fact]
    public async Task A_change_that_was_rolled_back_is_not_announced()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);

        using var refused = await service.Client.PostAsJsonAsync("/notes", new { text = "refuse", key = "k" }, Cancellation);
        Assert.Equal(409, (int)refused.StatusCode);

        var text = Unique();
        using var response = await service.Client.PostAsJsonAsync("/notes", new { text, key = "k" }, Cancellation);
        await service.Heard.WaitAsync(text, 1);
        Assert.DoesNotContain(service.Heard.All(), heard => heard.Text == "refuse");
    }

    [Fact]
    public async Task Two_replicas_publish_each_event_and_leave_nothing_behind()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var one = await SampleService.StartAsync(stores, database);
        await using var two = await SampleService.StartAsync(stores, database);

        var prefix = Unique();
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), Cancellation, async (index, ct) =>
        {
            var client = index % 2 == 0 ? one.Client : two.Client;
            using var response = await client.PostAsJsonAsync("/notes", new { text = $"{prefix}-{index}", key = "k" }, ct);
            response.EnsureSuccessStatusCode();
        });

        await one.Heard.WaitAsync(prefix, 100);
        await two.Heard.WaitAsync(prefix, 100);
        Assert.True(await two.Services.GetRequiredService<Outbox>().PublishedAsync("k", Cancellation));
        Assert.Equal(0L, await CountAsync(database));
    }

    [Fact]
    public async Task When_the_publishing_replica_loses_its_lock_another_takes_over()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var one = await SampleService.StartAsync(stores, database);
        var first = Unique();
        using (await one.Client.PostAsJsonAsync("/notes", new { text = first, key = "k" }, Cancellation))
        {
            await one.Heard.WaitAsync(first, 1);
        }

        await using var two = await SampleService.StartAsync(stores, database);
        await one.DisposeAsync();

        var second = Unique();
        using (await two.Client.PostAsJsonAsync("/notes", new { text = second, key = "k" }, Cancellation))
        {
            await two.Heard.WaitAsync(second, 1);
        }
    }

    [Fact]
    public async Task Sends_go_on_while_the_broker_cannot_be_reached_and_waiting_says_so()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var listener = await SampleService.StartAsync(stores, await SampleService.CreateDatabaseAsync(stores));
        string text;
        await using (var cutOff = await SampleService.StartAsync(stores, database, rabbitMq: "amqp://nobody:nothing@127.0.0.1:9"))
        {
            text = Unique();
            using var response = await cutOff.Client.PostAsJsonAsync("/notes", new { text, key = "k" }, Cancellation);
            response.EnsureSuccessStatusCode();
            Assert.False(await cutOff.Services.GetRequiredService<Outbox>().PublishedAsync("k", Cancellation));
            Assert.Equal(1L, await CountAsync(database));
        }

        await using var service = await SampleService.StartAsync(stores, database);
        await listener.Heard.WaitAsync(text, 1);
    }

    [Fact]
    public async Task After_the_database_drops_every_connection_publishing_resumes()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);
        await KillConnectionsAsync(database);

        var text = Unique();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(Cancellation);
            var body = $$"""{"user":"{{Guid.NewGuid()}}","username":"n","displayName":"{{text}}","at":"2026-01-01T00:00:00Z"}""";
            await using var insert = new NpgsqlCommand("insert into outbox (key, type, body) values ('k', 'UserUpdated', $1)", connection) { Parameters = { new() { Value = body } } };
            await insert.ExecuteNonQueryAsync(Cancellation);
        }

        await service.Heard.WaitAsync(text, 1);
    }

    private static string Unique() => Guid.NewGuid().ToString("n");

    private static async Task<long> CountAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("select count(*) from outbox", connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation) ?? -1L);
    }

    private static async Task KillConnectionsAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
