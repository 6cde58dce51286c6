using RabbitMQ.Client;

namespace Chat.Servers.Tests;

/// <summary>A queue of the test's own, in which stands what other services hear.</summary>
internal sealed class EventQueue(IConnection connection, IChannel channel, string name) : IAsyncDisposable
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Hears of servers that are made from now on; of one that is there, begin with <see cref="Gathering.ListenAsync"/>.</summary>
    /// <param name="types">The events to hear, by the names of their contracts.</param>
    public static async Task<EventQueue> OpenAsync(string address, params string[] types)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(address) }.CreateConnectionAsync(Cancellation);
        var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: Cancellation);
        foreach (var type in types)
        {
            await channel.ExchangeDeclareAsync($"Chat.Contracts:{type}", ExchangeType.Fanout, durable: true, cancellationToken: Cancellation);
            await channel.QueueBindAsync(queue.QueueName, $"Chat.Contracts:{type}", "", cancellationToken: Cancellation);
        }

        return new EventQueue(connection, channel, queue.QueueName);
    }

    /// <summary>Everything about a server that stands in the queue now, each once: what the broker was slow to confirm is published again.</summary>
    public async Task<List<(string Type, JsonElement Body)>> TakeAsync(Guid server)
    {
        var taken = new List<(string, JsonElement)>();
        while (await channel.BasicGetAsync(name, autoAck: true, Cancellation) is { } message)
        {
            var (type, body) = (message.Exchange.Split(':')[1], JsonDocument.Parse(message.Body).RootElement);
            if (body.GetProperty("server").GetGuid() == server && _seen.Add($"{type} {body.GetRawText()}"))
            {
                taken.Add((type, body));
            }
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
