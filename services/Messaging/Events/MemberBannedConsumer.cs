using Chat.Contracts;
using Chat.Messaging.Deleting;
using MassTransit;

namespace Chat.Messaging.Events;

/// <summary>Deletes what a banned member wrote, where the ban says so.</summary>
internal sealed class MemberBannedConsumer(AuthorPurge purge) : IConsumer<MemberBanned>
{
    public Task Consume(ConsumeContext<MemberBanned> context)
    {
        var ban = context.Message;
        return ban.DeleteMessagesSince is { } since
            ? purge.RunAsync(ban.Server, ban.Rev, ban.User, since, ban.At, context.CancellationToken)
            : Task.CompletedTask;
    }
}

internal sealed class MemberBannedConsumerDefinition : ConsumerDefinition<MemberBannedConsumer>
{
    public MemberBannedConsumerDefinition() => ConcurrentMessageLimit = 2;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<MemberBannedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
