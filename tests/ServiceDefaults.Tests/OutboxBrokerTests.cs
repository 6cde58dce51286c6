using System.Diagnostics;
using System.Text.Json;
using Chat.Contracts;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

namespace Chat.ServiceDefaults.Tests;

/// <summary>The outbox and a broker that is killed or refuses.</summary>
public sealed class OutboxBrokerTests(TestStores stores)
{
    private const int Keys = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);
    private static readonly string[] Types = [nameof(ServerCreated), nameof(ServerDeleted), nameof(MemberJoined), nameof(MemberLeft), nameof(MemberKicked)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G5_Within_10_s_of_each_return_of_the_killed_broker_every_event_stands_in_the_queue_in_the_order_of_its_key()
    {
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var broker = await KillableBroker.StartAsync();
        await DeclareQueueAsync(broker);
        await using var one = await SampleService.StartAsync(stores, database, rabbitMq: broker.Address);
        await using var two = await SampleService.StartAsync(stores, database, rabbitMq: broker.Address);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var keys = Enumerable.Range(0, Keys).Select(_ => Guid.NewGuid()).ToArray();
        var writing = Task.WhenAll(keys.Select(key => WriteAsync(database, key, one.Services.GetRequiredService<Outbox>(), enough.Token)));

        var took = new List<TimeSpan>();
        for (var round = 0; round < 2; round++)
        {
            // Once while the publisher has just begun, with most types' exchanges not declared yet, and once more while it begins again.
            await ConfirmedAsync(database, await NextAsync(database));
            await broker.KillAsync();
            took.Add(await ConfirmedAsync(database, await NextAsync(database)));
            await broker.KillAsync();
            took.Add(await ConfirmedAsync(database, await LastAsync(database)));
        }

        // One of them may have met a machine that stood still.
        Assert.True(took.Order().ElementAt(took.Count - 2) < Promised, $"it took {string.Join(", ", took)}");
        await enough.CancelAsync();
        var written = await writing;
        await ConfirmedAsync(database, await LastAsync(database));
        var heard = await HeardAsync(broker);
        // What was confirmed, but not heard to be, stands there twice.
        Assert.All(keys.Zip(written), pair => Assert.Equal(Enumerable.Range(1, pair.Second).Select(rev => (long)rev), heard[pair.First].Distinct()));
    }

    [Fact]
    public async Task A_type_that_the_broker_refuses_holds_up_its_keys_alone_and_follows_in_order_once_it_may()
    {
        const string refused = $"Chat.Contracts:{nameof(MemberLeft)}";
        var database = await SampleService.CreateDatabaseAsync(stores);
        await using var broker = await KillableBroker.StartAsync();
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker.Address) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.ExchangeDeclareAsync(refused, ExchangeType.Topic, durable: true, cancellationToken: Cancellation);
        var (held, free) = (Guid.NewGuid(), Guid.NewGuid());
        await using (var db = Open(database))
        {
            // More than the publisher reads at once.
            for (var rev = 1; rev <= 300; rev++)
            {
                db.Add(OutboxMessage.From(new MemberLeft { Server = held, Rev = rev, User = held, At = DateTimeOffset.UtcNow }, "held"));
            }

            await db.SaveChangesAsync(Cancellation);
            db.Add(OutboxMessage.From(new MemberJoined { Server = held, Rev = 301, User = held, At = DateTimeOffset.UtcNow }, "held"));
            db.Add(OutboxMessage.From(new MemberJoined { Server = free, Rev = 1, User = free, At = DateTimeOffset.UtcNow }, "free"));
            await db.SaveChangesAsync(Cancellation);
        }

        await using var service = await SampleService.StartAsync(stores, database, rabbitMq: broker.Address);
        await ConfirmedAsync(database, "key = 'free'");
        Assert.Equal(301, await ScalarAsync(database, "select count(*) from outbox where key = 'held'"));

        await channel.ExchangeDeleteAsync(refused, cancellationToken: Cancellation);
        await DeclareQueueAsync(broker);
        await ConfirmedAsync(database, "true");
        Assert.Equal(Enumerable.Range(1, 301).Select(rev => (long)rev), (await HeardAsync(broker))[held].Distinct());
    }

    /// <summary>Writes events one after the other until it is enough.</summary>
    /// <returns>How many; the last has this revision.</returns>
    private static async Task<int> WriteAsync(string database, Guid key, Outbox outbox, CancellationToken enough)
    {
        for (var rev = 1; ; rev++)
        {
            var at = DateTimeOffset.UtcNow;
            IEvent @event = Types[rev % Types.Length] switch
            {
                nameof(ServerCreated) => new ServerCreated { Server = key, Rev = rev, Owner = key, Name = "A place", At = at },
                nameof(ServerDeleted) => new ServerDeleted { Server = key, Rev = rev, Channels = [], At = at },
                nameof(MemberJoined) => new MemberJoined { Server = key, Rev = rev, User = key, At = at },
                nameof(MemberLeft) => new MemberLeft { Server = key, Rev = rev, User = key, At = at },
                _ => new MemberKicked { Server = key, Rev = rev, User = key, By = key, At = at },
            };
            await using (var db = Open(database))
            {
                db.Add(OutboxMessage.From(@event, key.ToString()));
                await db.SaveChangesAsync(Cancellation);
            }

            outbox.Wake();
            await Task.Delay(5, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (enough.IsCancellationRequested)
            {
                return rev;
            }
        }
    }

    private static NotesContext Open(string database) => new(new DbContextOptionsBuilder<NotesContext>().UseNpgsql(database).Options);

    private static Task<TimeSpan> ConfirmedAsync(string database, long last) => ConfirmedAsync(database, $"id <= {last}");

    /// <summary>Waits until the rows that meet the condition have been confirmed.</summary>
    /// <returns>How long that took.</returns>
    private static async Task<TimeSpan> ConfirmedAsync(string database, string condition)
    {
        var clock = Stopwatch.StartNew();
        while (await ScalarAsync(database, $"select count(*) from outbox where {condition}") is > 0 and var left)
        {
            Assert.True(clock.Elapsed < Limit, $"{left} events are not confirmed {clock.Elapsed.TotalSeconds:0.0} s after the broker was there");
            await Task.Delay(10, Cancellation);
        }

        TestContext.Current.SendDiagnosticMessage("confirmed after {0:0.00} s", clock.Elapsed.TotalSeconds);
        return clock.Elapsed;
    }

    private static async Task<long> NextAsync(string database)
    {
        long next;
        while ((next = await ScalarAsync(database, "select coalesce(min(id), 0) from outbox")) == 0)
        {
            await Task.Delay(1, Cancellation);
        }

        return next;
    }

    private static Task<long> LastAsync(string database) => ScalarAsync(database, "select coalesce(max(id), 0) from outbox");

    private static async Task<long> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation) ?? -1L);
    }

    private static async Task DeclareQueueAsync(KillableBroker broker)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker.Address) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync("heard", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        foreach (var type in Types)
        {
            await channel.ExchangeDeclareAsync($"Chat.Contracts:{type}", ExchangeType.Fanout, durable: true, cancellationToken: Cancellation);
            await channel.QueueBindAsync("heard", $"Chat.Contracts:{type}", "", cancellationToken: Cancellation);
        }
    }

    /// <summary>The revisions by server, in the order of the queue.</summary>
    private static async Task<ILookup<Guid, long>> HeardAsync(KillableBroker broker)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker.Address) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var heard = new List<JsonElement>();
        while (await channel.BasicGetAsync("heard", autoAck: true, Cancellation) is { } message)
        {
            heard.Add(JsonDocument.Parse(message.Body).RootElement);
        }

        return heard.ToLookup(body => body.GetProperty("server").GetGuid(), body => body.GetProperty("rev").GetInt64());
    }
}
