using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>
/// Requests to talk, from people who are neither friends nor share a server: whoever asks may write a little until the other agrees, by saying so, by writing or by becoming friends.
/// Whoever is turned down is not told.
/// </summary>
internal sealed class MessageRequests(MessagingDbContext db, ConversationActs acts)
{
    /// <summary>Messages that whoever asks may write before the other has agreed.</summary>
    public const int MaxUnanswered = 5;

    /// <summary>Agrees. Said again it changes nothing.</summary>
    public Task<ActOutcome<ActDone>> AcceptAsync(Guid conversation, Author actor, CancellationToken cancellationToken) => acts.RunAsync(
        conversation,
        actor,
        default,
        async (act, ct) =>
        {
            if (act.IsGroup)
                return ConversationAct.NotDirect();
            if (act.Row.RequestedBy == actor.Id)
                return ChannelActs.MissingPermission();
            await AgreeAsync(act, ct);
            return null;
        },
        cancellationToken);

    /// <summary>Turns the request down. Said again it changes nothing.</summary>
    public Task<ActOutcome<ActDone>> DeclineAsync(Guid conversation, Author actor, CancellationToken cancellationToken) => acts.RunAsync(
        conversation,
        actor,
        new ActNeeds(TakesRights: true),
        (act, _) => Task.FromResult(Decline(act)),
        cancellationToken);

    /// <summary>Agrees for two people who have just become friends, within the context's transaction.</summary>
    public async Task AgreeBetweenAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        var (low, high) = user.CompareTo(other) < 0 ? (user, other) : (other, user);
        var asked = await db.Conversations.Where(row => row.Low == low && row.High == high && row.RequestedBy != null).Select(row => row.Id).ToListAsync(cancellationToken);
        foreach (var conversation in asked)
        {
            await acts.JoinAsync(
                conversation,
                new Author(user, "", ""),
                takesRights: false,
                async (act, ct) =>
                {
                    await AgreeAsync(act, ct);
                    return null;
                },
                cancellationToken);
        }
    }

    /// <summary>Why somebody who may not write in a conversation may not; null when it has nothing to do with a request of theirs. Says the same before and after it was turned down.</summary>
    public async Task<ProblemHttpResult?> RefusalAsync(Guid conversation, Guid asker, CancellationToken cancellationToken) =>
        await db.Conversations.AnyAsync(row => row.Id == conversation && row.RequestedBy == asker, cancellationToken) ? Pending() : null;

    /// <summary>403.</summary>
    public static ProblemHttpResult Pending() =>
        Problems.Forbidden("request_pending", "The other has not agreed to talk yet. Until then there is nothing more that can be written.");

    /// <summary>403, for both: what would be more than to write and to answer.</summary>
    public static ProblemHttpResult Unanswered() => Problems.Forbidden("request_pending", "There are no threads here before the request to talk is agreed to.");

    private async Task AgreeAsync(ConversationAct act, CancellationToken cancellationToken)
    {
        if (act.Row.RequestedBy is null)
            return;
        (act.Row.RequestedBy, act.Row.DeclinedAt) = (null, null);
        await db.Database.ExecuteSqlAsync($"update channels set requested_by = null where id = {act.Row.Id}", cancellationToken);
        act.TellAll();
    }

    private static ProblemHttpResult? Decline(ConversationAct act)
    {
        if (act.IsGroup)
            return ConversationAct.NotDirect();
        if (act.Row.RequestedBy is not { } asker)
            return Problems.Conflict("no_request", "Nobody asks for anything here any more.");
        if (asker == act.Actor.Id)
            return ChannelActs.MissingPermission();
        if (act.Row.DeclinedAt is not null)
            return null;
        act.Row.DeclinedAt = act.Channel.Now;
        act.Losers.Add(asker);
        act.Told.Add(act.Actor.Id);
        return null;
    }
}
