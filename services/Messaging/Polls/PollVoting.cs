using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Moderating;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Polls;

/// <summary>
/// Votes and closings on request, under the lock of the channel. Whoever may react may vote: people who are timed out or blocked may not, nor may anybody in an archived server, and a channel
/// where only some may write can ask everybody.
/// </summary>
internal sealed class PollVoting(MessagingDbContext db, ChannelActs acts, PollEnd end)
{
    /// <summary>Sets what the caller chooses, which replaces what they chose before.</summary>
    public Task<Results<Ok<Message>, ProblemHttpResult>> VoteAsync(Guid channel, Guid message, CastVote body, Caller caller, CancellationToken cancellationToken) => acts.ChangeAsync(
        channel,
        caller,
        Permissions.ViewChannel | Permissions.AddReactions,
        async (act, ct) =>
        {
            if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                return ChannelActs.MessageNotFound();
            if (row.Parts is not { Poll: { } poll } parts)
                return PollNotFound();
            var errors = new List<FieldError>();
            var chosen = body.Read(poll, errors);
            if (errors.Count > 0)
                return Problems.Validation(errors);
            if (poll.ClosedAt is not null || act.Channel.Now >= poll.ClosesAt)
                return Problems.Conflict("poll_closed", "The poll is closed.");

            var votes = await db.PollVotes.Where(vote => vote.Channel == row.Channel && vote.Seq == row.Seq && vote.User == caller.Id).ToListAsync(ct);
            var had = votes.Select(vote => vote.Answer).ToHashSet();
            if (chosen.SetEquals(had))
                return row;

            var rev = act.Channel.Rev + 1;
            db.PollVotes.RemoveRange(votes.Where(vote => !chosen.Contains(vote.Answer)));
            db.PollVotes.AddRange(chosen.Except(had).Select(answer => new PollVoteRow { Channel = row.Channel, Seq = row.Seq, User = caller.Id, Answer = answer, Rev = rev }));
            row.Parts = parts with
            {
                Poll = poll with
                {
                    Answers = [.. poll.Answers.Select((answer, place) => answer with { Votes = answer.Votes + One(chosen, place) - One(had, place) })],
                    Voters = poll.Voters + (chosen.Count > 0 ? 1 : 0) - (had.Count > 0 ? 1 : 0),
                },
            };
            act.Channel.Introduce(act.Author);
            act.Channel.Change(row, changed => PollEnd.Event(changed, caller.Id, closed: false, act.Channel.Now));
            return row;
        },
        cancellationToken);

    /// <summary>Closes it before its time. Its author may, as long as they may send there, and whoever has ManageMessages.</summary>
    public Task<Results<Ok<Message>, ProblemHttpResult>> CloseAsync(
        Guid channel, Guid message, AuditReason reason, Caller caller, CancellationToken cancellationToken) => acts.ChangeAsync(
        channel,
        caller,
        Permissions.ViewChannel,
        async (act, ct) =>
        {
            if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                return ChannelActs.MessageNotFound();
            if (row.Parts is not { Poll: { } poll })
                return PollNotFound();
            if (!act.Allows(Permissions.ManageMessages) && (row.Author != caller.Id || !act.Allows(Permissions.SendMessages)))
                return row.Author == caller.Id ? act.MayNotWrite() : ChannelActs.MissingPermission();
            if (reason.Error is { } invalid)
                return Problems.Validation(invalid);
            await end.CloseAsync(act.Channel, row, caller.Id, ct);
            // What time had ended is nobody's doing.
            if (row.Author != caller.Id && poll.ClosedAt is null && act.Channel.Now < poll.ClosesAt)
                ModeratorActs.Tell(act, MessageModeration.PollClosed, [row], reason.Text);
            return row;
        },
        cancellationToken);

    /// <summary>404: the message asks nothing.</summary>
    public static ProblemHttpResult PollNotFound() => Problems.NotFound("poll_not_found", "The message has no poll.");

    private static int One(HashSet<short> answers, int place) => answers.Contains((short)place) ? 1 : 0;
}

/// <summary>The body of a vote. The field stays raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Answers">Places of answers, from 0: one at most unless the poll lets people choose several; none takes the vote back.</param>
internal sealed record CastVote(JsonElement? Answers = null)
{
    public HashSet<short> Read(PollState poll, List<FieldError> errors)
    {
        if (Answers is not { ValueKind: JsonValueKind.Array } list)
        {
            errors.Add(new FieldError("answers", Answers is null ? "required" : "invalid_type", "The field takes a list of places of answers."));
            return [];
        }

        if (list.GetArrayLength() > poll.Answers.Count)
        {
            errors.Add(new FieldError("answers", "too_many", "There are not so many answers."));
            return [];
        }

        var chosen = new HashSet<short>();
        foreach (var (place, item) in list.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt16(out var answer) && answer >= 0 && answer < poll.Answers.Count)
                chosen.Add(answer);
            else
                errors.Add(new FieldError($"answers[{place}]", "out_of_range", $"An answer is a whole number from 0 to {poll.Answers.Count - 1}."));
        }

        if (chosen.Count > 1 && poll.Multiple is not true)
            errors.Add(new FieldError("answers", "too_many", "One answer can be chosen in this poll."));
        return chosen;
    }
}
