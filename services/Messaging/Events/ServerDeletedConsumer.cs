using Chat.Contracts;
using Chat.Messaging.Deleting;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Removes everything that was said in a deleted server.</summary>
internal sealed class ServerDeletedConsumer(ChannelRemoval removal) : IConsumer<ServerDeleted>
{
    public Task Consume(ConsumeContext<ServerDeleted> context)
    {
        var server = context.Message;
        return removal.RemoveServerAsync(server.Server, server.Channels, context.CancellationToken);
    }
}

internal sealed class ServerDeletedConsumerDefinition : ConsumerDefinition<ServerDeletedConsumer>
{
    public ServerDeletedConsumerDefinition() => ConcurrentMessageLimit = 2;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ServerDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
