using System.Text.Json;
using RabbitMQ.Client;

namespace Chat.Messaging.Tests;

/// <summary>
/// What other services hear of one type of event, read from a queue of the test's own. Each event once, as consumers count it: one that is not confirmed in time is published again, with the
/// same body to the byte.
/// </summary>
internal sealed class Heard : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private Heard(IConnection connection, IChannel channel, string queue) => (_connection, _channel, _queue) = (connection, channel, queue);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task<Heard> OpenAsync<TEvent>(World world)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(world.RabbitMq) }.CreateConnectionAsync(Ending);
        var channel = await connection.CreateChannelAsync(cancellationToken: Ending);
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: Ending);
        var exchange = $"Chat.Contracts:{typeof(TEvent).Name}";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: Ending);
        await channel.QueueBindAsync(queue.QueueName, exchange, "", cancellationToken: Ending);
        return new Heard(connection, channel, queue.QueueName);
    }

    /// <summary>Everything new in the queue that <paramref name="isWanted"/>.</summary>
    public async Task<List<JsonElement>> TakeAsync(Func<JsonElement, bool> isWanted)
    {
        var taken = new List<JsonElement>();
        while (await _channel.BasicGetAsync(_queue, autoAck: true, Ending) is { } message)
        {
            var body = JsonSerializer.Deserialize<JsonElement>(message.Body.Span);
            if (isWanted(body) && _known.Add(body.GetRawText()))
                taken.Add(body);
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
