using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Announcing;
using Chat.Messaging.Messages;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Greets who joined a server, where newcomers are greeted.</summary>
internal sealed class MemberJoinedConsumer(SystemMessages messages) : IConsumer<MemberJoined>
{
    /// <summary>How often it is told again, over a second or two, as long as identity's event with the name has not come. Then it is said without.</summary>
    private const int AttemptsForName = 2;

    /// <summary>A server begins with its founder in it.</summary>
    private const long FoundingRev = 1;

    public async Task Consume(ConsumeContext<MemberJoined> context)
    {
        var joined = context.Message;
        // Who founds a server is not greeted in it.
        if (joined is not { WelcomeChannel: { } channel, Rev: > FoundingRev })
            return;
        if (context.GetRetryAttempt() < AttemptsForName && !await messages.KnowsAsync(joined.User, context.CancellationToken))
            throw new TimeoutException("The name of who joined is not known yet.");
        await messages.SayAsync(
            channel,
            new ChannelAccess(joined.Server, Permissions.ViewChannel | Permissions.SendMessages, joined.Rev),
            MessageKind.MemberJoined,
            joined.User,
            new SystemNote(User: joined.User),
            $"joined {joined.Server:N} {joined.Rev}",
            context.CancellationToken);
    }
}

internal sealed class MemberJoinedConsumerDefinition : ConsumerDefinition<MemberJoinedConsumer>
{
    public MemberJoinedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<MemberJoinedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
