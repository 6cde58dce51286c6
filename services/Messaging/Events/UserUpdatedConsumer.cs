using Chat.Contracts;
using Chat.Messaging.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Events;

/// <summary>Keeps authors' names current, also of those who have not written yet. An older event that arrives late changes nothing, and none changes an erased author.</summary>
internal sealed class UserUpdatedConsumer(MessagingDbContext db) : IConsumer<UserUpdated>
{
    public Task Consume(ConsumeContext<UserUpdated> context)
    {
        var user = context.Message;
        return db.Database.ExecuteSqlAsync(
            $"""
            insert into authors (id, username, display_name, updated_at) values ({user.User}, {user.Username}, {user.DisplayName}, {user.At.ToUniversalTime()})
            on conflict (id) do update set username = excluded.username, display_name = excluded.display_name, updated_at = excluded.updated_at
            where authors.updated_at < excluded.updated_at and not authors.deleted
            """,
            context.CancellationToken);
    }
}

internal sealed class UserUpdatedConsumerDefinition : ConsumerDefinition<UserUpdatedConsumer>
{
    public UserUpdatedConsumerDefinition() => ConcurrentMessageLimit = 8;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<UserUpdatedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
