using Chat.Contracts;
using Chat.Messaging.Deleting;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Removes everything that was said in a deleted thread.</summary>
internal sealed class ThreadDeletedConsumer(ChannelRemoval removal) : IConsumer<ThreadDeleted>
{
    public Task Consume(ConsumeContext<ThreadDeleted> context) => removal.RemoveThreadAsync(context.Message.Thread, context.CancellationToken);
}

internal sealed class ThreadDeletedConsumerDefinition : ConsumerDefinition<ThreadDeletedConsumer>
{
    public ThreadDeletedConsumerDefinition() => ConcurrentMessageLimit = 2;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ThreadDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
