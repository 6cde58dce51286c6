using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Announcing;
using Chat.Messaging.Messages;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Says in a channel that a call began there.</summary>
internal sealed class CallStartedConsumer(SystemMessages messages, IChannelPermissions permissions) : IConsumer<CallStarted>
{
    public async Task Consume(ConsumeContext<CallStarted> context)
    {
        var call = context.Message;
        // Says which server the channel is of, should nobody have written there yet.
        var place = await permissions.GetAsync(call.Channel, call.By, context.CancellationToken);
        await messages.SayAsync(
            call.Channel, place, MessageKind.CallStarted, call.By, new SystemNote(Call: call.Call), $"call {call.Call:N}", context.CancellationToken);
    }
}

internal sealed class CallStartedConsumerDefinition : ConsumerDefinition<CallStartedConsumer>
{
    public CallStartedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<CallStartedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
