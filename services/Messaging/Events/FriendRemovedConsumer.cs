using Chat.Contracts;
using Chat.Messaging.Relations;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Keeps who is whose friend.</summary>
internal sealed class FriendRemovedConsumer(FriendshipWriter friendships) : IConsumer<FriendRemoved>
{
    public Task Consume(ConsumeContext<FriendRemoved> context)
    {
        var friends = context.Message;
        return friendships.EndAsync(friends.User, friends.Other, friends.Rev, context.CancellationToken);
    }
}

internal sealed class FriendRemovedConsumerDefinition : ConsumerDefinition<FriendRemovedConsumer>
{
    public FriendRemovedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<FriendRemovedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
