using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Announcing;
using Chat.Messaging.Messages;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Says in a server's channel that it has another name.</summary>
internal sealed class ChannelUpdatedConsumer(SystemMessages messages) : IConsumer<ChannelUpdated>
{
    public Task Consume(ConsumeContext<ChannelUpdated> context)
    {
        var updated = context.Message;
        return updated is { PreviousName: { } before, By: { } by }
            ? messages.SayAsync(
                updated.Channel,
                new ChannelAccess(updated.Server, Permissions.ViewChannel | Permissions.SendMessages, updated.Rev),
                MessageKind.ChannelRenamed,
                by,
                new SystemNote(Name: updated.Name, Before: before),
                $"renamed {updated.Server:N} {updated.Rev}",
                context.CancellationToken)
            : Task.CompletedTask;
    }
}

internal sealed class ChannelUpdatedConsumerDefinition : ConsumerDefinition<ChannelUpdatedConsumer>
{
    public ChannelUpdatedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<ChannelUpdatedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
