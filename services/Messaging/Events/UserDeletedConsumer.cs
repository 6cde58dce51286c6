using Chat.Contracts;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Events;

/// <summary>
/// Forgets an erased account, for good: its name, and what nobody but its owner saw or was told of; then passes on what it owned. The name is written even when the author is unknown, so that
/// a send still on its way finds the place taken.
/// </summary>
internal sealed class UserDeletedConsumer(MessagingDbContext db, ConversationErasure conversations) : IConsumer<UserDeleted>
{
    public async Task Consume(ConsumeContext<UserDeleted> context)
    {
        var user = context.Message;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into authors (id, username, display_name, updated_at, deleted)
            values ({user.User}, {Author.DeletedUsername}, {Author.DeletedDisplayName}, {user.At.ToUniversalTime()}, true)
            on conflict (id) do update set username = excluded.username, display_name = excluded.display_name, updated_at = excluded.updated_at, deleted = true
            where not authors.deleted
            """,
            context.CancellationToken);
        await db.ReadStates.Where(state => state.User == user.User).ExecuteDeleteAsync(context.CancellationToken);
        await conversations.RunAsync(user.User, context.CancellationToken);
        await db.Drafts.Where(draft => draft.User == user.User).ExecuteDeleteAsync(context.CancellationToken);
        await db.Scheduled.Where(scheduled => scheduled.Author == user.User).ExecuteDeleteAsync(context.CancellationToken);
        await db.ThreadMembers.Where(member => member.User == user.User).ExecuteDeleteAsync(context.CancellationToken);
    }
}

internal sealed class UserDeletedConsumerDefinition : ConsumerDefinition<UserDeletedConsumer>
{
    public UserDeletedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<UserDeletedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
