using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Messages;
using Chat.Messaging.Text;
using Chat.Messaging.Threads;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Editing;

/// <summary>Changes the text of a message. Its author alone may, as long as they may send there.</summary>
internal sealed class MessageEditing(MessagingDbContext db, ChannelActs acts, MentionResolver mentions, Relations.Relations relations, ThreadMembers followers)
{
    /// <summary>Texts kept of one message; beyond that the oldest goes.</summary>
    public const int MaxKept = 100;

    public async Task<Results<Ok<Message>, ProblemHttpResult>> EditAsync(Guid channel, Guid message, EditMessage body, Caller caller, CancellationToken cancellationToken) =>
        await acts.ChangeAsync(
            channel,
            caller,
            Permissions.ViewChannel,
            async (act, ct) =>
            {
                if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                    return ChannelActs.MessageNotFound();
                if (row.Author != caller.Id || row.Kind != MessageKind.Text)
                    return Problems.Forbidden("not_author", "Only its author may edit a message, and nobody a system message.");
                if (!act.Allows(Permissions.SendMessages))
                    return act.MayNotWrite();
                var errors = new List<FieldError>();
                var (content, rev) = body.Validate(mayBeEmpty: row.Parts?.Poll is not null, errors);
                if (errors.Count > 0 || content is null)
                    return Problems.Validation(errors);
                if (rev is not null && rev != row.Rev)
                    return await StaleAsync(act, row, ct);
                if (row.Content == content)
                    return row;

                return await ChangeAsync(act, row, content, ct);
            },
            cancellationToken);

    private async Task<ActOutcome<MessageRow>> ChangeAsync(ChannelAct act, MessageRow row, string content, CancellationToken cancellationToken)
    {
        var named = await mentions.ResolveAsync(act.Channel.Id, act.Access, content, cancellationToken);
        if (named.Problem is { } problem)
            return problem;

        var channel = act.Channel;
        db.MessageEdits.Add(new MessageEditRow { Channel = row.Channel, Seq = row.Seq, Rev = channel.Rev + 1, Content = row.Content, WrittenAt = row.EditedAt ?? row.CreatedAt });
        (row.Content, row.EditedAt) = (content, channel.Now);
        row.Parts = (row.Parts ?? new MessageParts()) with { Mentions = named.Mentions, Links = Links.Find(content) };
        channel.Change(row, changed => ChangeEvents.Edited(changed, channel.Now));

        await db.Mentions.Where(mention => mention.Channel == row.Channel && mention.Seq == row.Seq).ExecuteDeleteAsync(cancellationToken);
        var users = named.Mentions?.Users ?? [];
        // Nobody is told of a mention by whom they block.
        var blockers = users is [] ? [] : await relations.BlockersAsync(row.Author, users, cancellationToken);
        db.Mentions.AddRange(
            named.Targets.Except(blockers).Select(target => new MentionRow { Target = target, Channel = row.Channel, Seq = row.Seq, Message = row.Id, Author = row.Author }));
        if (channel.Kind == ChannelKind.Thread && users.Except(blockers).ToArray() is { Length: > 0 } told)
            await followers.AddAsync(channel.Id, told, cancellationToken);
        await ForgetOldestAsync(row, cancellationToken);
        return row;
    }

    /// <summary>Makes room for the one that is being added.</summary>
    private Task<int> ForgetOldestAsync(MessageRow row, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            delete from message_edits where channel = {row.Channel} and seq = {row.Seq} and rev <= (
              select rev from message_edits where channel = {row.Channel} and seq = {row.Seq} order by rev desc offset {MaxKept - 1} limit 1)
            """,
            cancellationToken);

    private static async Task<ProblemHttpResult> StaleAsync(ChannelAct act, MessageRow row, CancellationToken cancellationToken) => Problems.Create(
        StatusCodes.Status409Conflict,
        "stale_revision",
        "The message has changed since the revision that the edit rests on. Its present state is in the member current.",
        ("current", (await act.Channel.ReadAsync([row.Seq], act.Caller.Id, cancellationToken))[0]));
}
