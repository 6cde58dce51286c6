using Chat.Contracts;
using Chat.Messaging.Deleting;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Removes everything that was said in a group with nobody in it. A conversation stands for its own server.</summary>
internal sealed class ConversationDeletedConsumer(ChannelRemoval removal) : IConsumer<ConversationDeleted>
{
    public Task Consume(ConsumeContext<ConversationDeleted> context)
    {
        var conversation = context.Message.Conversation;
        return removal.RemoveServerAsync(conversation, [conversation], context.CancellationToken);
    }
}

internal sealed class ConversationDeletedConsumerDefinition : ConsumerDefinition<ConversationDeletedConsumer>
{
    public ConversationDeletedConsumerDefinition() => ConcurrentMessageLimit = 2;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ConversationDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
