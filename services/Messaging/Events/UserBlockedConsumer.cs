using Chat.Contracts;
using Chat.Messaging.Relations;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Keeps who blocks whom. Presence has said so before it answered the request; this makes up for what never got there.</summary>
internal sealed class UserBlockedConsumer(BlockWriter blocks) : IConsumer<UserBlocked>
{
    public Task Consume(ConsumeContext<UserBlocked> context)
    {
        var block = context.Message;
        return blocks.SetAsync(block.Blocker, block.Blocked, block.Rev, context.CancellationToken);
    }
}

internal sealed class UserBlockedConsumerDefinition : ConsumerDefinition<UserBlockedConsumer>
{
    public UserBlockedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<UserBlockedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
