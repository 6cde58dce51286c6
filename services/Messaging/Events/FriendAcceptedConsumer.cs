using Chat.Contracts;
using Chat.Messaging.Relations;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Keeps who is whose friend.</summary>
internal sealed class FriendAcceptedConsumer(FriendshipWriter friendships) : IConsumer<FriendAccepted>
{
    public Task Consume(ConsumeContext<FriendAccepted> context)
    {
        var friends = context.Message;
        return friendships.SetAsync(friends.From, friends.To, friends.Rev, context.CancellationToken);
    }
}

internal sealed class FriendAcceptedConsumerDefinition : ConsumerDefinition<FriendAcceptedConsumer>
{
    public FriendAcceptedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<FriendAcceptedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
