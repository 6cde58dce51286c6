using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Relations;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>Begins conversations. Two people have one, whoever begins it and however often at once: <see cref="PairLock"/>, and a unique index behind it.</summary>
internal sealed class ConversationStart(
    MessagingDbContext db,
    People people,
    Relations.Relations relations,
    ConversationReader reader,
    ConversationActs acts,
    RequestLimits limits,
    Outbox outbox,
    TimeProvider clock)
{
    /// <summary>The conversation of two people: 201 when it is new, 200 when there was one, which is listed again if the caller had hidden it.</summary>
    public async Task<Results<Created<Conversation>, Ok<Conversation>, ProblemHttpResult>> DirectAsync(Author caller, Guid other, CancellationToken cancellationToken)
    {
        await people.IntroduceAsync([caller], cancellationToken);
        if (!(await people.ReachAsync(caller.Id, [other], cancellationToken)).TryGetValue(other, out var reach))
            return People.NotReachable(other);
        if (await FindAsync(caller.Id, other, cancellationToken) is { } known)
            return await ShowAsync(known, caller, cancellationToken);
        if (!(await people.InUseAsync([other], cancellationToken)).Contains(other))
            return People.NotReachable(other);

        Guid id;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            await PairLock.TakeAsync(db, caller.Id, [other], cancellationToken);
            var relation = await relations.BetweenAsync(caller.Id, other, cancellationToken);
            if (relation.Blocked)
                return People.NotReachable(other);
            if (await FindAsync(caller.Id, other, cancellationToken) is { } raced)
            {
                await transaction.RollbackAsync(cancellationToken);
                return await ShowAsync(raced, caller, cancellationToken);
            }

            var asks = !reach.Acquainted && !relation.Friends;
            if (asks && await limits.TakeAsync(caller.Id, cancellationToken) is { } refused)
                return refused;
            var (low, high) = caller.Id.CompareTo(other) < 0 ? (caller.Id, other) : (other, caller.Id);
            id = await AddAsync(
                now => new ConversationRow { Id = Guid.CreateVersion7(now), Low = low, High = high, RequestedBy = asks ? caller.Id : null, CreatedAt = now },
                ChannelKind.Direct,
                [caller.Id, other],
                cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        outbox.Wake();
        return await reader.FindAsync(id, caller.Id, cancellationToken) is { } begun ? TypedResults.Created(Address(id), begun) : MessagesApi.ChannelNotFound();
    }

    /// <summary>A new group, within the context's transaction, whose owner wakes the outbox.</summary>
    public async Task<Results<Created<Conversation>, ProblemHttpResult>> GroupAsync(Author caller, ValidConversation wanted, IReadOnlyDictionary<Guid, Reach> reach, CancellationToken cancellationToken)
    {
        await PairLock.TakeAsync(db, caller.Id, wanted.Users, cancellationToken);
        var between = await relations.BetweenAsync(caller.Id, wanted.Users, cancellationToken);
        Guid[] unreached = [.. wanted.Users.Where(user => between[user].Blocked || !(reach.TryGetValue(user, out var found) && (between[user].Friends || found.Acquainted)))];
        if (unreached.Length > 0)
            return People.NotReachable(unreached);

        var id = await AddAsync(
            now => new ConversationRow { Id = Guid.CreateVersion7(now), Name = wanted.Name, Icon = wanted.Icon, Owner = caller.Id, CreatedAt = now },
            ChannelKind.Group,
            [caller.Id, .. wanted.Users],
            cancellationToken);
        return await reader.FindAsync(id, caller.Id, cancellationToken) is { } begun ? TypedResults.Created(Address(id), begun) : MessagesApi.ChannelNotFound();
    }

    private async Task<Guid> AddAsync(Func<DateTimeOffset, ConversationRow> make, ChannelKind kind, Guid[] users, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var row = make(now);
        db.ChangeTracker.Clear();
        db.Channels.Add(new ChannelRow { Id = row.Id, Kind = kind, Server = row.Id, RequestedBy = row.RequestedBy, LastAt = now });
        db.Conversations.Add(row);
        // Whoever begins a group has been in it longest.
        db.ConversationMembers.AddRange(users.Select((user, place) => new ConversationMemberRow { Conversation = row.Id, User = user, JoinedAt = now.AddMicroseconds(place == 0 ? 0 : 1) }));
        await db.SaveChangesAsync(cancellationToken);
        await acts.TellAsync(row.Id, kind == ChannelKind.Group, users, [], now, cancellationToken);
        return row.Id;
    }

    private async Task<Guid?> FindAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        var (low, high) = user.CompareTo(other) < 0 ? (user, other) : (other, user);
        return await db.Conversations.Where(row => row.Low == low && row.High == high).Select(row => (Guid?)row.Id).SingleOrDefaultAsync(cancellationToken);
    }

    private async Task<Results<Created<Conversation>, Ok<Conversation>, ProblemHttpResult>> ShowAsync(Guid conversation, Author caller, CancellationToken cancellationToken)
    {
        var found = await reader.FindAsync(conversation, caller.Id, cancellationToken);
        if (found is { Hidden: true })
        {
            var listed = await acts.RunAsync(conversation, caller, default, (act, _) => Task.FromResult(List(act)), cancellationToken);
            found = listed.Value?.View;
        }

        return found is null ? MessagesApi.ChannelNotFound() : TypedResults.Ok(found);
    }

    private static ProblemHttpResult? List(ConversationAct act)
    {
        if (act.Find(act.Actor.Id) is { } member)
            member.HiddenAt = null;
        act.Told.Add(act.Actor.Id);
        return null;
    }

    private static string Address(Guid conversation) => $"/api/v1/conversations/{conversation}";
}
