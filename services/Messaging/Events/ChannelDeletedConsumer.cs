using Chat.Contracts;
using Chat.Messaging.Deleting;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Removes everything that was said in a deleted channel.</summary>
internal sealed class ChannelDeletedConsumer(ChannelRemoval removal) : IConsumer<ChannelDeleted>
{
    public Task Consume(ConsumeContext<ChannelDeleted> context)
    {
        var channel = context.Message;
        return removal.RemoveChannelAsync(channel.Server, channel.Rev, channel.Channel, context.CancellationToken);
    }
}

internal sealed class ChannelDeletedConsumerDefinition : ConsumerDefinition<ChannelDeletedConsumer>
{
    public ChannelDeletedConsumerDefinition() => ConcurrentMessageLimit = 2;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ChannelDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
