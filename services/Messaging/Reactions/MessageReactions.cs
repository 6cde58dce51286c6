using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Moderating;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Reactions;

/// <summary>Adds and removes reactions, under the lock of the channel. What changes nothing raises no revision.</summary>
internal sealed class MessageReactions(MessagingDbContext db, ChannelActs acts)
{
    /// <summary>Different emoji on one message.</summary>
    public const int MaxKinds = 20;

    /// <summary>Adds the caller's reaction. AddReactions is needed whether the emoji is new there or not.</summary>
    public Task<Results<Ok<Message>, ProblemHttpResult>> AddAsync(Guid channel, Guid message, string emoji, Caller caller, CancellationToken cancellationToken) => acts.ChangeAsync(
        channel,
        caller,
        Permissions.ViewChannel | Permissions.AddReactions,
        async (act, ct) =>
        {
            if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                return ChannelActs.MessageNotFound();
            if (Emoji.Normalise(emoji) is not { } kind)
                return InvalidEmoji();
            if (await Of(row, kind, caller.Id).AnyAsync(ct))
                return row;

            var counts = Counts(row);
            var place = counts.FindIndex(count => count.Emoji == kind);
            if (place < 0 && counts.Count >= MaxKinds)
                return Problems.Conflict("too_many_reactions", $"A message has at most {MaxKinds} different reactions.");
            if (place < 0)
                counts.Add(new ReactionCount(kind, 1));
            else
                counts[place] = counts[place] with { Count = counts[place].Count + 1 };

            db.Reactions.Add(new ReactionRow { Channel = row.Channel, Seq = row.Seq, Emoji = kind, User = caller.Id, Rev = act.Channel.Rev + 1 });
            act.Channel.Introduce(act.Author);
            Change(act.Channel, row, counts, caller.Id, kind, added: true);
            return row;
        },
        cancellationToken);

    /// <summary>Removes one person's reaction. That of somebody else needs ManageMessages.</summary>
    public Task<Results<Ok<Message>, ProblemHttpResult>> RemoveAsync(
        Guid channel, Guid message, string emoji, Guid user, AuditReason reason, Caller caller, CancellationToken cancellationToken) =>
        acts.ChangeAsync(
            channel,
            caller,
            user == caller.Id ? Permissions.ViewChannel : Permissions.ManageMessages,
            async (act, ct) =>
            {
                if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                    return ChannelActs.MessageNotFound();
                if (Emoji.Normalise(emoji) is not { } kind)
                    return InvalidEmoji();
                if (user != caller.Id && reason.Error is { } invalid)
                    return Problems.Validation(invalid);
                if (await Of(row, kind, user).ExecuteDeleteAsync(ct) == 0)
                    return row;

                var counts = Counts(row);
                var place = counts.FindIndex(count => count.Emoji == kind);
                if (counts[place].Count == 1)
                    counts.RemoveAt(place);
                else
                    counts[place] = counts[place] with { Count = counts[place].Count - 1 };
                Change(act.Channel, row, counts, user, kind, added: false);
                if (user != caller.Id)
                    ModeratorActs.TellReactions(act, row, kind, user, count: 1, reason.Text);
                return row;
            },
            cancellationToken);

    /// <summary>Removes everybody's reactions: those with one emoji, or all.</summary>
    /// <param name="emoji">Null: all.</param>
    public Task<Results<Ok<Message>, ProblemHttpResult>> ClearAsync(
        Guid channel, Guid message, string? emoji, AuditReason reason, Caller caller, CancellationToken cancellationToken) => acts.ChangeAsync(
        channel,
        caller,
        Permissions.ManageMessages,
        async (act, ct) =>
        {
            if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                return ChannelActs.MessageNotFound();
            var kind = emoji is null ? null : Emoji.Normalise(emoji);
            if (emoji is not null && kind is null)
                return InvalidEmoji();
            if (reason.Error is { } invalid)
                return Problems.Validation(invalid);

            var gone = db.Reactions.Where(reaction => reaction.Channel == row.Channel && reaction.Seq == row.Seq && (kind == null || reaction.Emoji == kind));
            var ofOthers = await gone.AnyAsync(reaction => reaction.User != caller.Id, ct);
            var removed = await gone.ExecuteDeleteAsync(ct);
            if (removed == 0)
                return row;

            Change(act.Channel, row, Counts(row).FindAll(count => kind is not null && count.Emoji != kind), null, kind, added: false);
            if (ofOthers)
                ModeratorActs.TellReactions(act, row, kind, user: null, removed, reason.Text);
            return row;
        },
        cancellationToken);

    /// <summary>400: not one emoji.</summary>
    public static ProblemHttpResult InvalidEmoji() => Problems.Validation(new FieldError("emoji", "invalid_emoji", "A reaction is exactly one emoji of Unicode."));

    private IQueryable<ReactionRow> Of(MessageRow row, string emoji, Guid user) =>
        db.Reactions.Where(reaction => reaction.Channel == row.Channel && reaction.Seq == row.Seq && reaction.Emoji == emoji && reaction.User == user);

    private static List<ReactionCount> Counts(MessageRow row) => [.. row.Parts?.Reactions ?? []];

    private static void Change(LockedChannel channel, MessageRow row, List<ReactionCount> counts, Guid? user, string? emoji, bool added)
    {
        row.Parts = (row.Parts ?? new MessageParts()) with { Reactions = counts is [] ? null : counts };
        channel.Change(row, message => new ReactionsChanged
        {
            Channel = message.Channel,
            Rev = message.Rev,
            Message = message.Id,
            User = user,
            Emoji = emoji,
            Added = added,
            Body = ChangeEvents.Body(message),
            At = channel.Now,
        });
    }
}
