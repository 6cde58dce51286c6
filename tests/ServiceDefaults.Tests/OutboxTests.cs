using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Chat.Contracts;
using Chat.ServiceDefaults.Events;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

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

    [Fact]
    public async Task An_event_from_the_outbox_looks_to_consumers_like_one_that_the_bus_published()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var service = await SampleService.StartAsync(stores, database);
        await using var connection = await new ConnectionFactory { Uri = new Uri(stores.RabbitMq) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var queue = await channel.QueueDeclareAsync(cancellationToken: Cancellation);
        // An interface of the event: its exchange is bound to the event's.
        await channel.ExchangeDeclareAsync("Chat.Contracts:IServerEvent", ExchangeType.Fanout, durable: true, cancellationToken: Cancellation);
        await channel.QueueBindAsync(queue.QueueName, "Chat.Contracts:IServerEvent", "", cancellationToken: Cancellation);
        var @event = new ServerCreated { Server = Guid.NewGuid(), Rev = 1, Owner = Guid.NewGuid(), Name = "A \"<place>\" ä\U0001F600", At = DateTimeOffset.UtcNow };

        await using (var db = new NotesContext(new DbContextOptionsBuilder<NotesContext>().UseNpgsql(database).Options))
        {
            db.Add(OutboxMessage.From(@event, "k"));
            await db.SaveChangesAsync(Cancellation);
        }

        var published = await TakeAsync(channel, queue.QueueName, @event.Server);
        await service.Services.GetRequiredService<IBus>().Publish(@event, Cancellation);
        var expected = await TakeAsync(channel, queue.QueueName, @event.Server);

        Assert.Equal(Look(expected), Look(published));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.Body.Span), JsonNode.Parse(published.Body.Span)));
        Assert.All([expected, published], message => Assert.True(Guid.TryParse(message.BasicProperties.MessageId, out _)));

        static (string, string, string?, DeliveryModes, string) Look(BasicGetResult message) =>
            (message.Exchange, message.RoutingKey, message.BasicProperties.ContentType, message.BasicProperties.DeliveryMode, Encoding.UTF8.GetString(Assert.IsType<byte[]>(message.BasicProperties.Headers?["MT-MessageType"])));
    }

    private static async Task<BasicGetResult> TakeAsync(IChannel channel, string queue, Guid server)
    {
        var deadline = DateTimeOffset.UtcNow.AddSeconds(60);
        while (true)
        {
            // Other tests' events come here too.
            var message = await channel.BasicGetAsync(queue, autoAck: true, Cancellation);
            if (message is not null && JsonNode.Parse(message.Body.Span)?["server"]?.GetValue<Guid>() == server)
            {
                return message;
            }

            Assert.True(DateTimeOffset.UtcNow < deadline, "waited for the event");
            await Task.Delay(10, Cancellation);
        }
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
