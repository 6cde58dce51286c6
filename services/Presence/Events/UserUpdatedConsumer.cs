using Chat.Contracts;
using Chat.Presence.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Events;

/// <summary>Keeps <c>profiles</c> current. An older event that arrives late changes nothing, and none changes an erased account.</summary>
internal sealed class UserUpdatedConsumer(PresenceDb db) : IConsumer<UserUpdated>
{
    public Task Consume(ConsumeContext<UserUpdated> context)
    {
        var user = context.Message;
        return db.Database.ExecuteSqlAsync(
            $"""
            insert into profiles (id, username, display_name, updated_at) values ({user.User}, {user.Username}, {user.DisplayName}, {user.At.ToUniversalTime()})
            on conflict (id) do update set username = excluded.username, display_name = excluded.display_name, updated_at = excluded.updated_at
            where profiles.updated_at < excluded.updated_at and not profiles.deleted
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
