using System.Text.Json;
using Chat.Contracts;
using Chat.Servers.Data;
using Chat.ServiceDefaults.Json;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Audit;

/// <summary>
/// Writes what moderators do to messages and threads into the audit log. Not a change of the server: it raises no revision. An event that comes twice adds nothing, and one of a server that is
/// gone neither. Of one message the target is whoever wrote it; of several, their channel; of one person's reaction, that person; of a thread, the thread.
/// </summary>
internal sealed class MessagesModeratedConsumer(ServersDb db) : IConsumer<MessagesModerated>
{
    public async Task Consume(ConsumeContext<MessagesModerated> context)
    {
        var told = context.Message;
        if (EntryOf(told) is not var (action, target, before, after))
        {
            return;
        }

        await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_log (id, server_id, actor_id, action, target_id, reason, before, after, created_at)
            select {told.Id}, id, {told.By}, {action}, {target}, cast({told.Reason} as text), cast({Json(before)} as jsonb), cast({Json(after)} as jsonb), {told.At.ToUniversalTime()}
            from servers where id = {told.Server} for key share
            on conflict (id) do nothing
            """,
            context.CancellationToken);
    }

    private static (string Action, Guid Target, object? Before, object? After)? EntryOf(MessagesModerated told) => told.Act switch
    {
        MessageModeration.Deleted => (AuditAction.MessageDeleted, told.Authors[0], One(told), null),
        MessageModeration.BulkDeleted => (AuditAction.MessagesDeleted, told.Channel, new { told.Channel, told.Thread, told.Messages.Count, told.Authors }, null),
        MessageModeration.Pinned => (AuditAction.MessagePinned, told.Authors[0], null, One(told)),
        MessageModeration.Unpinned => (AuditAction.MessageUnpinned, told.Authors[0], One(told), null),
        MessageModeration.ReactionsRemoved => (AuditAction.ReactionsRemoved, told.User ?? told.Authors[0], Reactions(told), null),
        MessageModeration.PollClosed => (AuditAction.PollClosed, told.Authors[0], null, One(told)),
        MessageModeration.ThreadRenamed => (AuditAction.ThreadRenamed, told.Thread ?? told.Channel, Thread(told, told.FormerName), Thread(told, told.Name)),
        MessageModeration.ThreadLocked => (AuditAction.ThreadLocked, told.Thread ?? told.Channel, null, Thread(told, told.Name)),
        MessageModeration.ThreadUnlocked => (AuditAction.ThreadUnlocked, told.Thread ?? told.Channel, Thread(told, told.Name), null),
        MessageModeration.ThreadDeleted => (AuditAction.ThreadDeleted, told.Thread ?? told.Channel, Thread(told, told.Name), null),
        _ => null,
    };

    private static object One(MessagesModerated told) => new { told.Channel, told.Thread, Message = told.Messages[0], told.Messages.Count };

    private static object Reactions(MessagesModerated told) =>
        new { told.Channel, told.Thread, Message = told.Messages[0], Author = told.Authors[0], told.Emoji, told.User, Count = told.Reactions };

    private static object Thread(MessagesModerated told, string? name) => new { told.Channel, told.Thread, Message = told.Messages[0], Creator = told.Authors[0], Name = name };

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, JsonDefaults.Options);
}

internal sealed class MessagesModeratedConsumerDefinition : ConsumerDefinition<MessagesModeratedConsumer>
{
    public MessagesModeratedConsumerDefinition() => ConcurrentMessageLimit = 4;

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<MessagesModeratedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStoreRetry();
}
