using System.Text;
using Chat.ServiceDefaults.Tokens;
using MassTransit;
using MassTransit.Logging;
using MassTransit.RabbitMqTransport.Topology;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace Chat.ServiceDefaults.Events;

/// <summary>
/// The publisher's own connection to the broker, with one channel, on which events keep the order they are published in. After any failure it is left, and another opened.
/// For one user at a time.
/// </summary>
/// <remarks>
/// Not the bus's connection: one of its publishes may never end, whatever its token says, and it repeats others in any order (docs/decisions/0013-the-outbox-has-its-own-connection.md).
/// What consumers get is what the bus would have sent them.
/// </remarks>
internal sealed class OutboxChannel(IConfiguration configuration, IHostEnvironment environment, IBus bus)
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(1);
    private static readonly CreateChannelOptions Confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private readonly Dictionary<string, EventRoute> _routes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private readonly ConnectionFactory _factory = new()
    {
        Uri = new Uri(configuration.GetConnectionString("rabbitmq") ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not configured.")),
        ClientProvidedName = $"{ServiceTokens.NameOf(environment)} outbox",
        AutomaticRecoveryEnabled = false,
        RequestedHeartbeat = TimeSpan.FromSeconds(10),
        RequestedConnectionTimeout = StepLimit,
        HandshakeContinuationTimeout = StepLimit,
        ContinuationTimeout = StepLimit,
    };

    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>Whether it is connected, as far as is known.</summary>
    public bool IsOpen => _channel is { IsOpen: true };

    /// <summary>Connects, unless it is connected.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (IsOpen)
        {
            return;
        }

        await LeaveAsync();
        var opening = _factory.CreateConnectionAsync(cancellationToken);
        try
        {
            _connection = await opening.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = EndAsync(opening);
            throw;
        }

        _channel = await _connection.CreateChannelAsync(Confirmed, cancellationToken).WaitAsync(cancellationToken);
    }

    /// <summary>Declares the exchange of a type, once for each connection. The exchange is durable, but whoever runs the broker may have begun it anew.</summary>
    public async Task DeclareAsync(string type, CancellationToken cancellationToken)
    {
        if (_declared.Contains(type))
        {
            return;
        }

        if (!_routes.TryGetValue(type, out var route))
        {
            _routes.Add(type, route = EventRoute.Of(EventTypes.Get(type), bus));
        }

        await DeclareAsync(route.Topology, _connection ?? throw NotOpen(), cancellationToken).WaitAsync(cancellationToken);
        _declared.Add(type);
    }

    /// <summary>Publishes an event of a declared type. Calls that do not wait for each other keep their order.</summary>
    /// <param name="type">Its name within <c>Chat.Contracts</c>.</param>
    /// <param name="body">The event as JSON.</param>
    /// <param name="traceParent">The W3C <c>traceparent</c> that consumers continue.</param>
    /// <returns>A task that ends when the broker has confirmed it. It may never end: wait for it with a limit, then leave.</returns>
    public Task PublishAsync(string type, string body, string? traceParent)
    {
        var (route, id) = (_routes[type], Guid.CreateVersion7().ToString());
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = id,
            Headers = new Dictionary<string, object?> { [MessageHeaders.MessageType] = route.MessageTypes, [MessageHeaders.MessageId] = id, [MessageHeaders.ConversationId] = id },
        };
        if (traceParent is not null)
        {
            properties.Headers[DiagnosticHeaders.ActivityId] = traceParent;
        }

        // Never cancelled: what the client has begun to write must be written, or the numbers of the confirmations are wrong.
        return (_channel ?? throw NotOpen()).BasicPublishAsync(route.Exchange, "", mandatory: false, properties, Encoding.UTF8.GetBytes(body), CancellationToken.None).AsTask();
    }

    /// <summary>Leaves the connection, which ends by itself if it does not within a second. Never fails.</summary>
    public async Task LeaveAsync()
    {
        var connection = _connection;
        (_connection, _channel) = (null, null);
        _declared.Clear();
        if (connection is not null)
        {
            await EndAsync(Task.FromResult(connection)).WaitAsync(LeaveLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>On a channel of its own, which ends when the broker refuses.</summary>
    private static async Task DeclareAsync(BrokerTopology topology, IConnection connection, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var exchange in topology.Exchanges)
        {
            await channel.ExchangeDeclareAsync(exchange.ExchangeName, exchange.ExchangeType, exchange.Durable, exchange.AutoDelete, cancellationToken: cancellationToken);
        }

        foreach (var binding in topology.ExchangeBindings)
        {
            await channel.ExchangeBindAsync(binding.Destination.ExchangeName, binding.Source.ExchangeName, binding.RoutingKey, cancellationToken: cancellationToken);
        }
    }

    private static async Task EndAsync(Task<IConnection> opening)
    {
        var connection = await opening;
        await connection.AbortAsync(LeaveLimit);
        await connection.DisposeAsync();
    }

    private static InvalidOperationException NotOpen() => new("The connection to the broker is not open.");
}
