using Chat.Contracts;
using Chat.Presence.People;
using MassTransit;

namespace Chat.Presence.Events;

/// <summary>Ends what an erased account has here.</summary>
internal sealed class UserDeletedConsumer(Erasure erasure) : IConsumer<UserDeleted>
{
    public Task Consume(ConsumeContext<UserDeleted> context) => erasure.RunAsync(context.Message.User, context.Message.At, context.CancellationToken);
}

internal sealed class UserDeletedConsumerDefinition : ConsumerDefinition<UserDeletedConsumer>
{
    public UserDeletedConsumerDefinition() => ConcurrentMessageLimit = 4;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<UserDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
