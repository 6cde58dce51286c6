using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Changes;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Threads;

/// <summary>Opens the thread of a message, of which there is one: whoever asks later is told of it.</summary>
internal sealed class ThreadOpening(MessagingDbContext db, ChannelActs acts, IChannelPermissions permissions, ThreadList threads, Outbox outbox)
{
    public async Task<Results<Created<ThreadView>, Ok<ThreadView>, ProblemHttpResult>> OpenAsync(
        Guid channel, Guid message, OpenThread body, Caller caller, HttpContext http, CancellationToken cancellationToken)
    {
        // Before the key is looked at: who has lost the right is not told the first answer either.
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        await acts.AdoptAsync(channel, access, cancellationToken);

        var answer = await Idempotency.CreateAsync<ThreadView>(
            db,
            http,
            caller.Id,
            body,
            async ct =>
            {
                // The thread's row repeats the fence: it must not be raised between here and the commit.
                await FenceHold.ShareAsync(db, access.Server, ct);
                var outcome = await acts.RunAsync<OpenedThread>(channel, caller, Permissions.ViewChannel, (act, token) => OpenAsync(act, message, body, token), ct);
                if (outcome.Value is not { } opened)
                    return outcome.Problem ?? throw new InvalidOperationException("An act answers a value or a problem.");
                return TypedResults.Created(opened.New ? $"/api/v1/threads/{opened.Thread.Id}" : null, opened.Thread);
            },
            cancellationToken);
        if (answer.Result is not Created<ThreadView> { Value: { } thread } created)
            return (ProblemHttpResult)answer.Result;
        outbox.Wake();
        if (created.Location is not null)
            return created;
        // As it is now: what the act saw of it was its link.
        var found = await threads.FindAsync(thread.Id, caller.Id, cancellationToken);
        return TypedResults.Ok(found.Value ?? thread);
    }

    private async Task<ActOutcome<OpenedThread>> OpenAsync(ChannelAct act, Guid message, OpenThread body, CancellationToken cancellationToken)
    {
        // Before the right to write, which a request that was declined has taken: whoever asked is not to be told. Nor does the other answer it in passing.
        if (act.Channel.RequestedBy is not null)
            return MessageRequests.Unanswered();
        if (!act.Allows(Permissions.SendMessages))
            return act.MayNotWrite();
        var errors = new List<FieldError>();
        if (body.Validate(errors) is not var (name, archiveAfter))
            return Problems.Validation(errors);
        if (act.Channel.Kind == ChannelKind.Thread)
            return Problems.Conflict("nested_thread", "This channel is a thread: there are none under its messages.");
        if (await act.Channel.FindAsync(message, cancellationToken) is not { DeletedAt: null } row)
            return ChannelActs.MessageNotFound();
        if (row.Kind != MessageKind.Text)
            return Problems.Conflict("system_message", "A system message has no thread.");
        if (row.Parts?.Thread is { } present)
            return new OpenedThread(false, new ThreadView(present.Id, row.Channel, row.Id, present.Name, row.Author, archiveAfter, row.CreatedAt, row.CreatedAt, 0, false));

        return Open(act, row, name, archiveAfter);
    }

    private OpenedThread Open(ChannelAct act, MessageRow message, string name, int archiveAfter)
    {
        var (parent, now) = (act.Channel, act.Channel.Now);
        var thread = new ThreadRow
        {
            Id = Guid.CreateVersion7(now),
            Parent = parent.Id,
            Message = message.Id,
            Name = name,
            Creator = act.Caller.Id,
            ArchiveAfter = archiveAfter,
            DueAt = now.AddSeconds(archiveAfter),
            LastAt = now,
            CreatedAt = now,
        };
        db.Channels.Add(new ChannelRow { Id = thread.Id, Kind = ChannelKind.Thread, Parent = parent.Id, Server = act.Access.Server, AccessRev = parent.AccessRev });
        db.Threads.Add(thread);
        db.ThreadMembers.Add(new ThreadMemberRow { Thread = thread.Id, User = act.Caller.Id, JoinedAt = now });
        message.Parts = (message.Parts ?? new MessageParts()) with { Thread = new ThreadLink(thread.Id, name) };
        parent.Change(message, changed => LockedThread.Changed(thread.Id, changed, now));
        parent.Append(MessageKind.ThreadStarted, act.Author, new SystemNote(Message: message.Id, Name: name, Thread: thread.Id));
        return new OpenedThread(true, new ThreadView(thread.Id, parent.Id, message.Id, name, thread.Creator, archiveAfter, now, now, 0, true));
    }

    private sealed record OpenedThread(bool New, ThreadView Thread);
}
