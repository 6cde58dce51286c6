using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Relations;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>What a change of a conversation needs besides its channel's lock.</summary>
/// <param name="TakesRights">It may take rights away. The answer waits then until every other service has been told.</param>
/// <param name="With">Whose relation to the actor decides: neither blocks the other meanwhile.</param>
internal readonly record struct ActNeeds(bool TakesRights = false, Guid? With = null);

/// <param name="View">What the actor sees of the conversation afterwards; null: nothing.</param>
internal sealed record ActDone(Conversation? View);

/// <summary>
/// The way conversations themselves change. In this order: who is not in the conversation is turned away without locking anything; then, in one transaction, the locks, the
/// members as they are under them, the act, the fence where it took rights away, what it said in the conversation, and who is told.
/// </summary>
internal sealed class ConversationActs(MessagingDbContext db, ConversationReader reader, Outbox outbox, TimeProvider clock)
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>Runs an act. A problem that it answers rolls everything back.</summary>
    public async Task<ActOutcome<ActDone>> RunAsync(
        Guid conversation, Author actor, ActNeeds needs, Func<ConversationAct, CancellationToken, Task<ProblemHttpResult?>> act, CancellationToken cancellationToken)
    {
        if (!await db.ConversationMembers.AnyAsync(member => member.Conversation == conversation && member.User == actor.Id, cancellationToken))
            return MessagesApi.ChannelNotFound();

        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (needs.With is { } other)
                await PairLock.TakeAsync(db, actor.Id, [other], cancellationToken);
            var outcome = await JoinAsync(conversation, actor, needs.TakesRights, act, cancellationToken);
            if (outcome.Value is null)
                return outcome;
            await transaction.CommitAsync(cancellationToken);
            outbox.Wake();
            // Once committed it is bounded by time, not by the client's patience.
            return needs.TakesRights && await EffectiveAsync(conversation, CancellationToken.None) is { } late ? late : outcome;
        }
    }

    /// <summary>Runs an act within the context's transaction, whose owner commits and wakes the outbox.</summary>
    public async Task<ActOutcome<ActDone>> JoinAsync(
        Guid conversation, Author actor, bool takesRights, Func<ConversationAct, CancellationToken, Task<ProblemHttpResult?>> act, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        if (takesRights)
            await ConversationFence.LockAsync(db, conversation, cancellationToken);
        if (await LockedChannel.LockAsync(db, conversation, clock, cancellationToken) is not { } channel
            || await db.Conversations.SingleOrDefaultAsync(row => row.Id == conversation, cancellationToken) is not { } row)
            return MessagesApi.ChannelNotFound();
        var members = await db.ConversationMembers.Where(member => member.Conversation == conversation)
            .OrderBy(member => member.JoinedAt).ThenBy(member => member.User).ToListAsync(cancellationToken);
        var found = new ConversationAct(db, channel, row, members, actor);
        if (found.Find(actor.Id) is null)
            return MessagesApi.ChannelNotFound();

        if (await act(found, cancellationToken) is { } problem)
            return problem;
        if (found.Losers.Count > 0)
            await ConversationFence.RaiseAsync(db, channel, found.Losers, cancellationToken);
        await channel.SaveAsync(cancellationToken);
        await TellAsync(conversation, found.IsGroup, found.Told, found.Gone, channel.Now, cancellationToken);
        return new ActDone(await reader.FindAsync(conversation, actor.Id, cancellationToken));
    }

    /// <summary>Waits until every other service has been told what happened in a conversation up to now.</summary>
    /// <returns>503 when that takes too long.</returns>
    public async Task<ProblemHttpResult?> EffectiveAsync(Guid conversation, CancellationToken cancellationToken) =>
        await outbox.PublishedAsync(conversation.ToString(), cancellationToken)
            ? null
            : Problems.Unavailable("not_yet_effective", "The change is made, but not every part of the system knows yet. Repeat the request.", RetrySoon);

    /// <summary>Writes what people are told of a conversation, as it is now in the context's transaction.</summary>
    /// <param name="alike">Whether all of them see the same.</param>
    /// <param name="gone">Who is told that it is theirs no more.</param>
    public async Task TellAsync(
        Guid conversation, bool alike, IReadOnlyCollection<Guid> users, IReadOnlyCollection<Guid> gone, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (gone.Count > 0)
            Add(new ConversationChanged { Conversation = conversation, Users = [.. gone], At = at });
        foreach (var some in users.Chunk(alike ? ConversationAct.MaxMembers : 1))
        {
            if (await reader.FindAsync(conversation, some[0], cancellationToken) is { } view)
                Add(new ConversationChanged { Conversation = conversation, Users = some, Body = JsonSerializer.SerializeToElement(view, JsonDefaults.Options), At = at });
        }

        await db.SaveChangesAsync(cancellationToken);

        void Add(ConversationChanged changed) => db.Add(OutboxMessage.From(changed, conversation.ToString()));
    }
}
