using System.Text.Json;
using RabbitMQ.Client;

namespace Chat.Presence.Tests;

/// <summary>What other services hear of two people, read from a queue of the test's own.</summary>
internal sealed class Heard(IConnection connection, IChannel channel, string queue) : IAsyncDisposable
{
    private static readonly string[] Types = ["FriendRequested", "FriendRequestEnded", "FriendAccepted", "FriendRemoved", "UserBlocked", "UserUnblocked"];

    private readonly List<(string Type, JsonElement Body)> _all = [];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task<Heard> OpenAsync(World world)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(world.RabbitMq) }.CreateConnectionAsync(Ending);
        var channel = await connection.CreateChannelAsync(cancellationToken: Ending);
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: Ending);
        foreach (var type in Types)
        {
            await channel.ExchangeDeclareAsync($"Chat.Contracts:{type}", ExchangeType.Fanout, durable: true, cancellationToken: Ending);
            await channel.QueueBindAsync(queue.QueueName, $"Chat.Contracts:{type}", "", cancellationToken: Ending);
        }

        return new Heard(connection, channel, queue.QueueName);
    }

    /// <summary>Everything told so far in which this person occurs: type and body, in the order of revisions.</summary>
    public async Task<List<(string Type, JsonElement Body)>> OfAsync(Guid user)
    {
        while (await channel.BasicGetAsync(queue, autoAck: true, Ending) is { } message)
        {
            var body = JsonSerializer.Deserialize<JsonElement>(message.Body.Span);
            _all.Add((message.Exchange.Split(':')[1], body));
        }

        // Delivered at least once: what was told twice counts once.
        return [.. _all
            .Where(told => told.Body.GetRawText().Contains(user.ToString(), StringComparison.Ordinal))
            .DistinctBy(told => (told.Type, told.Body.GetRawText()))
            .OrderBy(told => told.Body.GetProperty("rev").GetInt64())];
    }

    /// <summary>Waits until exactly these types were told of this person, in the order of revisions.</summary>
    public async Task ExpectAsync(Guid user, params string[] types)
    {
        List<(string Type, JsonElement Body)> told = [];
        await Eventually.HoldsAsync($"{types.Length} events", TimeSpan.FromSeconds(60), async () => (told = await OfAsync(user)).Count >= types.Length);
        Assert.Equal(types, told.Select(one => one.Type));
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
