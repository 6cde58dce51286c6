using Chat.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Announcing;

/// <summary>
/// Says in a channel what happened elsewhere, once however often it is told. The nonce is made of the event, with spaces in it, which no client's nonce has: nobody can take it before.
/// </summary>
/// <remarks>
/// Where the channel has a row, that is locked, and whatever was taken from anybody since matters not: it is a fact, and nobody's right. Where it has none the row must come by
/// <see cref="ChannelAdoption"/>, which refuses an event from before the fence: the channel may have been deleted since.
/// </remarks>
internal sealed class SystemMessages(MessagingDbContext db, MessageWriter writer, Outbox outbox, TimeProvider clock)
{
    private const string UnknownUsername = "unknown";
    private const string UnknownDisplayName = "Unknown user";

    /// <param name="place">The channel's server, and the revision of it at which this happened; null where it is known only if the channel has a row.</param>
    /// <param name="by">Who did it. If nothing is known of them yet it is said all the same, and the name comes with the next event of identity.</param>
    /// <param name="nonce">Made of the event: the same for each time it is told.</param>
    public async Task SayAsync(Guid channel, ChannelAccess? place, MessageKind kind, Guid by, SystemNote note, string nonce, CancellationToken cancellationToken)
    {
        var author = await db.Authors.AsNoTracking().Where(row => row.Id == by).Select(row => new Author(row.Id, row.Username, row.DisplayName, row.Deleted ? true : null))
            .SingleOrDefaultAsync(cancellationToken) ?? new Author(by, UnknownUsername, UnknownDisplayName);
        if (await AppendAsync(channel, kind, author, note, nonce, cancellationToken) || place is null)
            return;

        var message = new ValidMessage("", nonce, null) { Kind = kind, Parts = new MessageParts { System = note } };
        switch (await writer.SendAsync(channel, place, author, message, cancellationToken))
        {
            case SendOutcome.Sent:
                return;
            case SendOutcome.Recheck:
                // The row has come meanwhile with a later fence, or never will.
                await AppendAsync(channel, kind, author, note, nonce, cancellationToken);
                return;
            case SendOutcome.Busy or SendOutcome.StoreUnavailable:
                // Told again a moment later, as while any store is away.
                throw new ServiceUnavailableException("store_unavailable", "The message store does not answer.");
            case var unexpected:
                throw new InvalidOperationException($"A system message ended with {unexpected.GetType().Name}.");
        }
    }

    /// <summary>Whether somebody's name is known here.</summary>
    public Task<bool> KnowsAsync(Guid user, CancellationToken cancellationToken) => db.Authors.AnyAsync(row => row.Id == user, cancellationToken);

    /// <returns>False when the channel has no row.</returns>
    private async Task<bool> AppendAsync(Guid id, MessageKind kind, Author author, SystemNote note, string nonce, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockedChannel.LockAsync(db, id, clock, cancellationToken) is not { } channel)
            return false;
        if (await db.Messages.AnyAsync(row => row.Author == author.Id && row.Channel == id && row.Nonce == nonce, cancellationToken))
            return true;
        channel.Append(kind, author, note, nonce);
        await channel.SaveAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return true;
    }
}
