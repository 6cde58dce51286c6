using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Deleting;

/// <summary>Deletes messages so that their places stay: the text goes, the message says since when, and the channel's log and subscribers learn of each at a revision of its own.</summary>
internal sealed class MessageDeletion(MessagingDbContext db, Outbox outbox, TimeProvider clock)
{
    /// <summary>Deletes the messages at these places of a channel, in one transaction. Those that are deleted already, and places without a message, are passed over.</summary>
    public async Task DeleteAsync(Guid channel, IReadOnlyCollection<long> places, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockChannelAsync(channel, cancellationToken) is not { } rev)
            return;

        var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var deleted = await (
            from message in db.Messages
            where message.Channel == channel && places.Contains(message.Seq) && message.DeletedAt == null
            join author in db.Authors on message.Author equals author.Id
            orderby message.Seq
            select new Message(
                message.Id, message.Channel, message.Seq, message.Rev, new Author(author.Id, author.Username, author.DisplayName, author.Deleted ? true : null),
                "", message.Nonce, message.ReplyTo, message.CreatedAt, at)).AsNoTracking().ToListAsync(cancellationToken);
        if (deleted.Count == 0)
            return;

        deleted = [.. deleted.Select((message, index) => message with { Rev = rev + 1 + index })];
        await SaveAsync(channel, deleted, at, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    private async Task SaveAsync(Guid channel, List<Message> deleted, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (places, revs) = (deleted.ConvertAll(message => message.Seq).ToArray(), deleted.ConvertAll(message => message.Rev).ToArray());
        await db.Database.ExecuteSqlAsync(
            $"""
            update messages m set content = '', deleted_at = {at}, rev = n.rev
            from unnest({places}, {revs}) as n (seq, rev) where m.channel = {channel} and m.seq = n.seq
            """,
            cancellationToken);
        await db.Database.ExecuteSqlAsync($"update channels set rev = {revs[^1]} where id = {channel}", cancellationToken);
        db.AddRange(deleted.Select(Event));
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    private static OutboxMessage Event(Message message) => OutboxMessage.From(
        new MessageDeleted
        {
            Channel = message.Channel,
            Rev = message.Rev,
            Message = message.Id,
            Body = JsonSerializer.SerializeToElement(message, JsonDefaults.Options),
            At = message.DeletedAt ?? message.CreatedAt,
        },
        message.Channel.ToString());
}
