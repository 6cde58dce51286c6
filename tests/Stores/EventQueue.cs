using System.Text.Json;
using RabbitMQ.Client;
using Xunit;

namespace Chat.Stores;

/// <summary>
/// A queue of the test's own, in which stands what any service hears. Each event once, as consumers count it: one that the broker was slow to confirm is published again, with the same body
/// to the byte.
/// </summary>
public sealed class EventQueue : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private EventQueue(IConnection connection, IChannel channel, string queue) => (_connection, _channel, _queue) = (connection, channel, queue);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Hears what is published from now on.</summary>
    /// <param name="rabbitMq">The broker's address, with user and password.</param>
    /// <param name="types">The events to hear, by the names of their contracts.</param>
    public static async Task<EventQueue> OpenAsync(string rabbitMq, params string[] types)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(rabbitMq) }.CreateConnectionAsync(Cancellation);
        var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: Cancellation);
        foreach (var exchange in types.Select(type => $"Chat.Contracts:{type}"))
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: Cancellation);
            await channel.QueueBindAsync(queue.QueueName, exchange, "", cancellationToken: Cancellation);
        }

        return new EventQueue(connection, channel, queue.QueueName);
    }

    /// <summary>Everything new in the queue, in its order.</summary>
    /// <param name="isWanted">What counts, by its body; the rest is gone. Null: all of it.</param>
    public async Task<List<(string Type, JsonElement Body)>> TakeAsync(Func<JsonElement, bool>? isWanted = null)
    {
        var taken = new List<(string Type, JsonElement Body)>();
        while (await _channel.BasicGetAsync(_queue, autoAck: true, Cancellation) is { } message)
        {
            var (type, body) = (message.Exchange.Split(':')[1], JsonSerializer.Deserialize<JsonElement>(message.Body.Span));
            if (isWanted?.Invoke(body) is not false && _taken.Add($"{type} {body.GetRawText()}"))
                taken.Add((type, body));
        }

        return taken;
    }

    /// <summary>The same, without saying of which type each is.</summary>
    public async Task<List<JsonElement>> TakeBodiesAsync(Func<JsonElement, bool>? isWanted = null) => (await TakeAsync(isWanted)).ConvertAll(told => told.Body);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
