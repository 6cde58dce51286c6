using Chat.Contracts;
using Chat.Messaging.Relations;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Keeps who blocks whom. Presence has said so before it answered the request; this makes up for what never got there.</summary>
internal sealed class UserUnblockedConsumer(BlockWriter blocks) : IConsumer<UserUnblocked>
{
    public Task Consume(ConsumeContext<UserUnblocked> context)
    {
        var block = context.Message;
        return blocks.EndAsync(block.Blocker, block.Blocked, block.Rev, context.CancellationToken);
    }
}

internal sealed class UserUnblockedConsumerDefinition : ConsumerDefinition<UserUnblockedConsumer>
{
    public UserUnblockedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<UserUnblockedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
