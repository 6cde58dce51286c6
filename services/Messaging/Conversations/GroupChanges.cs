using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>What members do with a group. Said again, each of it changes nothing and answers the same.</summary>
internal sealed class GroupChanges(MessagingDbContext db, ConversationActs acts, People people, Relations.Relations relations)
{
    public async Task<ActOutcome<ActDone>> ChangeAsync(Guid conversation, Author actor, ChangeConversation wanted, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var name = wanted.Name.TryGet(out var given) ? ConversationName.Check(given, errors) : null;
        return await acts.RunAsync(
            conversation,
            actor,
            new ActNeeds(TakesRights: wanted.Closed.Or(false)),
            async (act, ct) => Refuse(act, wanted) ?? (errors.Count > 0 ? Problems.Validation(errors) : await ApplyAsync(act, wanted with { Name = wanted.Name.IsSet ? new(name) : default }, ct)),
            cancellationToken);
    }

    /// <summary>Adds somebody who is a friend of the one who adds, or shares a server with them.</summary>
    public async Task<ActOutcome<ActDone>> AddAsync(Guid conversation, Author actor, Guid user, CancellationToken cancellationToken)
    {
        if (!await db.ConversationMembers.AnyAsync(member => member.Conversation == conversation && member.User == actor.Id, cancellationToken))
            return MessagesApi.ChannelNotFound();
        var reached = user != actor.Id && (await people.ReachAnewAsync(actor.Id, [user], cancellationToken)).TryGetValue(user, out var reach) ? reach : (Reach?)null;
        return await acts.RunAsync(
            conversation,
            actor,
            new ActNeeds(With: user),
            async (act, ct) =>
            {
                if (!act.IsGroup)
                    return ConversationAct.NotAGroup();
                if (act.Find(user) is not null)
                    return null;
                if (act.Row.ClosedAt is not null)
                    return ConversationAct.Closed();
                var relation = await relations.BetweenAsync(actor.Id, user, ct);
                if (reached is not { } found || relation.Blocked || !(found.Acquainted || relation.Friends))
                    return People.NotReachable(user);
                if (act.Members.Count >= ConversationAct.MaxMembers)
                    return Problems.Conflict("group_full", $"A group has at most {ConversationAct.MaxMembers} members.");
                act.Add(user);
                return null;
            },
            cancellationToken);
    }

    /// <summary>Puts somebody out, or leaves.</summary>
    public async Task<ActOutcome<ActDone>> RemoveAsync(Guid conversation, Author actor, Guid user, CancellationToken cancellationToken)
    {
        var outcome = await acts.RunAsync(
            conversation,
            actor,
            new ActNeeds(TakesRights: true),
            async (act, ct) =>
            {
                if (!act.IsGroup)
                    return ConversationAct.NotAGroup();
                if (user != actor.Id && act.Row.Owner != actor.Id)
                    return ChannelActs.MissingPermission();
                if (act.Find(user) is { } member)
                    await act.RemoveAsync(member, ct);
                return null;
            },
            cancellationToken);
        return outcome.Value is null && user == actor.Id && await HasLeftAsync(conversation, user, cancellationToken)
            ? await acts.EffectiveAsync(conversation, cancellationToken) is { } late ? late : new ActDone(null)
            : outcome;
    }

    /// <summary>Whether a leaving is being repeated, whose first answer may have been that not everybody knows yet.</summary>
    private async Task<bool> HasLeftAsync(Guid conversation, Guid user, CancellationToken cancellationToken) =>
        await HasWrittenAsync(conversation, user, cancellationToken)
        && await db.Messages.AnyAsync(message => message.Author == user && message.Channel == conversation && message.Kind == MessageKind.MemberLeft, cancellationToken)
        && !await db.ConversationMembers.AnyAsync(member => member.Conversation == conversation && member.User == user, cancellationToken);

    /// <summary>By one place of the index of authors: whoever never was in the group does not have all of it read.</summary>
    private async Task<bool> HasWrittenAsync(Guid conversation, Guid user, CancellationToken cancellationToken) =>
        await db.Database
            .SqlQuery<Guid>(
                $"""
                select m.channel as "Value"
                from (select author, channel from messages where (author, channel) >= ({user}, {conversation}) order by author, channel, nonce limit 1) m
                where m.author = {user} and m.channel = {conversation}
                """)
            .AnyAsync(cancellationToken);

    private static ProblemHttpResult? Refuse(ConversationAct act, ChangeConversation wanted) =>
        !act.IsGroup ? ConversationAct.NotAGroup()
        : wanted.ForTheOwner && act.Row.Owner != act.Actor.Id ? ChannelActs.MissingPermission()
        : wanted.ForMembers && act.Row.ClosedAt is not null && wanted.Closed.Or(true) ? ConversationAct.Closed()
        : null;

    private async Task<ProblemHttpResult?> ApplyAsync(ConversationAct act, ChangeConversation wanted, CancellationToken cancellationToken)
    {
        var (row, channel) = (act.Row, act.Channel);
        if (wanted.Owner.TryGet(out var owner) && owner != row.Owner)
        {
            if (act.Find(owner) is null || await db.Authors.AnyAsync(author => author.Id == owner && author.Deleted, cancellationToken))
                return Problems.Validation(new FieldError("owner", "not_a_member", "The owner is somebody in the group."));
            act.Own(owner);
        }

        if (wanted.Name.TryGet(out var name) && name != row.Name)
        {
            channel.Append(MessageKind.ChannelRenamed, act.Actor, new SystemNote(Name: name, Before: row.Name));
            row.Name = name;
            act.TellAll();
        }

        if (wanted.Icon.TryGet(out var icon) && icon != row.Icon)
        {
            channel.Append(MessageKind.IconChanged, act.Actor, new SystemNote());
            row.Icon = icon;
            act.TellAll();
        }

        if (wanted.Closed.TryGet(out var closed) && closed != row.ClosedAt is not null)
        {
            row.ClosedAt = closed ? channel.Now : null;
            if (closed)
                act.Losers.UnionWith(act.Members.Select(member => member.User));
            act.TellAll();
        }

        return null;
    }
}
