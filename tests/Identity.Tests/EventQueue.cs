using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Chat.Identity.Tests;

/// <summary>
/// A queue of its own, bound to one event's exchange: what stands in it is what any consumer would get. What the publisher sent again, because its confirmation was late, is given once.
/// </summary>
internal sealed class EventQueue : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    private EventQueue(IConnection connection, IChannel channel, string queue) => (_connection, _channel, _queue) = (connection, channel, queue);

    public static async Task<EventQueue> BindAsync(string rabbitMq, string @event)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(rabbitMq) }.CreateConnectionAsync(Calls.Cancel);
        var channel = await connection.CreateChannelAsync(cancellationToken: Calls.Cancel);
        var exchange = $"Chat.Contracts:{@event}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: Calls.Cancel);
        var queue = await channel.QueueDeclareAsync(cancellationToken: Calls.Cancel);
        await channel.QueueBindAsync(queue.QueueName, exchange, "", cancellationToken: Calls.Cancel);
        return new EventQueue(connection, channel, queue.QueueName);
    }

    /// <summary>Everything that stands in the queue at this moment.</summary>
    public async Task<IReadOnlyList<JsonElement>> TakeAllAsync()
    {
        var events = new List<JsonElement>();
        while (await _channel.BasicGetAsync(_queue, autoAck: true, Calls.Cancel) is { } message)
        {
            var body = Encoding.UTF8.GetString(message.Body.Span);
            if (!_given.Add(body))
                continue;
            using var document = JsonDocument.Parse(body);
            events.Add(document.RootElement.Clone());
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
