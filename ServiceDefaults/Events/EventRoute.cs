using MassTransit;
using MassTransit.RabbitMqTransport.Topology;

namespace Chat.ServiceDefaults.Events;

/// <summary>Where the bus expects events of a type, so that its consumers get them.</summary>
/// <param name="Exchange">The exchange to publish to.</param>
/// <param name="Topology">That exchange and those of the contracts that the type implements, with what binds them.</param>
/// <param name="MessageTypes">The value of header <c>MT-MessageType</c>, by which consumers know what it is.</param>
internal sealed record EventRoute(string Exchange, BrokerTopology Topology, string MessageTypes)
{
    public static EventRoute Of(Type type, IBus bus)
    {
        if (bus.Topology.PublishTopology is not IRabbitMqPublishTopology publishing || publishing.GetMessageTopology(type) is not IRabbitMqMessagePublishTopology topology)
        {
            throw new InvalidOperationException("The bus is not RabbitMQ's.");
        }

        var builder = new PublishEndpointBrokerTopologyBuilder(publishing.BrokerTopologyOptions);
        topology.Apply(builder);
        return new EventRoute(builder.Exchange.Exchange.ExchangeName, builder.BuildBrokerTopology(), string.Join(';', MessageTypeCache.GetMessageTypeNames(type)));
    }
}
