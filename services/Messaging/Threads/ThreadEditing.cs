using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Moderating;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Threads;

/// <summary>Changes and deletes threads. What is shown of one under its message changes in the same transaction.</summary>
internal sealed class ThreadEditing(MessagingDbContext db, ChannelActs acts, ThreadList threads, Outbox outbox, TimeProvider clock)
{
    /// <summary>Who opened it may rename it, let it rest and wake it, as long as they may write in it; whoever manages threads may that and lock it.</summary>
    public async Task<Results<Ok<ThreadView>, ProblemHttpResult>> EditAsync(Guid id, EditThread body, AuditReason reason, Caller caller, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync(id, caller, (act, thread, ct) => EditAsync(act, thread, body, reason, ct), cancellationToken);
        if (outcome is not null)
            return outcome;
        return (await threads.FindAsync(id, caller.Id, cancellationToken)).Value is { } view ? TypedResults.Ok(view) : MessagesApi.ChannelNotFound();
    }

    /// <summary>Whoever manages threads may. What was said in it goes a moment later.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, AuditReason reason, Caller caller, CancellationToken cancellationToken) =>
        await RunAsync(id, caller, (act, thread, ct) => DeleteAsync(act, thread, reason, ct), cancellationToken) is { } problem ? problem : TypedResults.NoContent();

    private async Task<ProblemHttpResult?> RunAsync(
        Guid id, Caller caller, Func<ChannelAct, LockedThread, CancellationToken, Task<ProblemHttpResult?>> act, CancellationToken cancellationToken)
    {
        // Not a thread: what it is otherwise, or whether it is anything, is not said.
        if (await LockedThread.ParentAsync(db, id, cancellationToken) is not { } parent)
            return MessagesApi.ChannelNotFound();
        var outcome = await acts.RunAsync<LockedThread>(
            id,
            parent,
            caller,
            Permissions.ViewChannel,
            async (locked, ct) =>
            {
                if (await LockedThread.WithAsync(db, locked.Channel, clock, ct) is not { } thread)
                    return MessagesApi.ChannelNotFound();
                if (await act(locked, thread, ct) is { } problem)
                    return problem;
                // The thread's own channel is saved with the act.
                await thread.Parent.SaveAsync(ct);
                return thread;
            },
            cancellationToken);
        if (outcome.Problem is null)
            outbox.Wake();
        return outcome.Problem;
    }

    private async Task<ProblemHttpResult?> EditAsync(ChannelAct act, LockedThread thread, EditThread body, AuditReason reason, CancellationToken cancellationToken)
    {
        var (row, manages) = (thread.Row, act.Allows(Permissions.ManageThreads));
        if (!manages && (row.Creator != act.Caller.Id || !act.Allows(Permissions.SendMessages)))
            return row.Creator == act.Caller.Id ? act.MayNotWrite() : ChannelActs.MissingPermission();
        var errors = new List<FieldError>();
        var edit = body.Validate(errors);
        if (reason.Error is { } invalid)
            errors.Add(invalid);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        if (edit.Locked is not null && !manages)
            return ChannelActs.MissingPermission();

        var before = row.Name;
        if (edit.Name is { } name && name != before)
        {
            row.Name = name;
            thread.Channel.Append(MessageKind.ChannelRenamed, act.Author, new SystemNote(Name: name, Before: before));
            if (row.Creator != act.Caller.Id)
                ModeratorActs.TellThread(act, MessageModeration.ThreadRenamed, row, reason.Text, before);
        }

        if (edit.ArchiveAfter is { } after && after != row.ArchiveAfter)
        {
            // From now on, so that a shorter time does not end it at once.
            row.ArchiveAfter = after;
            row.DueAt = thread.Channel.Now.AddSeconds(after);
        }

        if (edit.Archived is { } archived)
            await thread.RestAsync(archived, cancellationToken);
        var locked = edit.Locked ?? thread.Channel.Locked;
        if (locked != thread.Channel.Locked)
        {
            await db.Channels.Where(channel => channel.Id == row.Id).ExecuteUpdateAsync(channel => channel.SetProperty(one => one.Locked, locked), cancellationToken);
            ModeratorActs.TellThread(act, locked ? MessageModeration.ThreadLocked : MessageModeration.ThreadUnlocked, row, reason.Text);
        }

        await thread.ShowAsync(thread.Link(locked), cancellationToken);
        return null;
    }

    private async Task<ProblemHttpResult?> DeleteAsync(ChannelAct act, LockedThread thread, AuditReason reason, CancellationToken cancellationToken)
    {
        if (!act.Allows(Permissions.ManageThreads))
            return ChannelActs.MissingPermission();
        if (reason.Error is { } invalid)
            return Problems.Validation(invalid);
        var (row, now) = (thread.Row, thread.Channel.Now);
        row.DeletedAt = now;
        // No permission counts there from here on: what is under way finds it under the lock.
        await db.Channels.Where(channel => channel.Id == row.Id).ExecuteUpdateAsync(channel => channel.SetProperty(one => one.AccessRev, long.MaxValue), cancellationToken);
        await thread.ShowAsync(null, cancellationToken);
        ModeratorActs.TellThread(act, MessageModeration.ThreadDeleted, row, reason.Text);
        db.AddRange(
            OutboxMessage.From(new ThreadDeleted { Thread = row.Id, Channel = row.Parent, At = now }, row.Id.ToString()),
            // Has whoever reads along looked at again, as for a channel that is gone.
            OutboxMessage.From(new AccessLost { Server = act.Access.Server, Rev = act.Access.Rev, Channel = row.Id, At = now }, row.Id.ToString()));
        return null;
    }
}
