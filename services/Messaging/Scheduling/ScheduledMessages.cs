using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Scheduling;

/// <summary>Messages for later, as their author keeps them: at most <see cref="MaxPerPerson"/>, those that were refused among them.</summary>
internal sealed class ScheduledMessages(MessagingDbContext db, IChannelPermissions permissions, TimeProvider clock)
{
    public const int MaxPerPerson = 100;

    public async Task<Results<Created<ScheduledView>, ProblemHttpResult>> AddAsync(
        Guid channel, ScheduleMessage body, Caller caller, HttpContext http, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        // Whoever asks to talk is not told when it was declined: they keep nothing for later before either.
        var shut = await db.Channels.Where(row => row.Id == channel).Select(row => new { row.Locked, Asks = row.RequestedBy == caller.Id }).SingleOrDefaultAsync(cancellationToken);
        if (shut is { Asks: true })
            return MessageRequests.Pending();
        if (!access.Allows(Permissions.SendMessages))
            return ChannelActs.MissingPermission();
        if (shut is { Locked: true } && !access.Allows(Permissions.ManageThreads))
            return MessagesApi.ThreadLocked();
        var errors = new List<FieldError>();
        if (body.Validate(clock.GetUtcNow(), errors) is not var (content, sendAt, replyTo))
            return Problems.Validation(errors);
        if (replyTo is { } answered && !await ThereIsAsync(channel, answered, cancellationToken))
            return ReplyNotFound();

        return await Idempotency.CreateAsync<ScheduledView>(
            db,
            http,
            caller.Id,
            body,
            async ct =>
            {
                // One after the other for each person, so that the count is exact.
                await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({$"scheduled {caller.Id}"}, 0))", ct);
                if (await db.Scheduled.CountAsync(row => row.Author == caller.Id, ct) >= MaxPerPerson)
                    return Problems.Conflict("too_many_scheduled", $"Nobody has more than {MaxPerPerson} messages for later.");
                await db.Database.ExecuteSqlAsync(
                    $"insert into authors (id, username, display_name) values ({caller.Id}, {caller.Username}, {caller.DisplayName}) on conflict (id) do nothing", ct);
                var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
                var row = new ScheduledRow
                {
                    Id = Guid.CreateVersion7(now),
                    Author = caller.Id,
                    Channel = channel,
                    Content = content,
                    ReplyTo = replyTo,
                    SendAt = sendAt,
                    TryAt = sendAt,
                    CreatedAt = now,
                };
                db.Scheduled.Add(row);
                await db.SaveChangesAsync(ct);
                return TypedResults.Created($"/api/v1/scheduled/{row.Id}", ScheduledView.Of(row));
            },
            cancellationToken);
    }

    /// <summary>Somebody's own, soonest first.</summary>
    public async Task<ScheduledPage> ReadAsync(Guid author, Guid? channel, TimeCursor after, int limit, CancellationToken cancellationToken)
    {
        var rows = await db.Scheduled.AsNoTracking()
            .Where(row => row.Author == author && (channel == null || row.Channel == channel) && (row.SendAt > after.At || (row.SendAt == after.At && row.Id > after.Id)))
            .OrderBy(row => row.SendAt).ThenBy(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var items = rows.Take(limit).Select(ScheduledView.Of).ToList();
        return new ScheduledPage(items, rows.Count > limit ? new TimeCursor(items[^1].SendAt, items[^1].Id).Of(ListKind.Scheduled) : null);
    }

    /// <summary>Changes one. With another time, one that was refused waits again.</summary>
    public async Task<Results<Ok<ScheduledView>, ProblemHttpResult>> EditAsync(Guid id, EditScheduled body, Guid author, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Waits for a sending that is under way: afterwards it is not there any more.
        if (await db.Scheduled.FromSql($"select * from scheduled_messages where id = {id} and author = {author} for update").SingleOrDefaultAsync(cancellationToken) is not { } row)
            return NotFound();
        var errors = new List<FieldError>();
        var edit = body.Validate(clock.GetUtcNow(), errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        if (edit.ReplyTo is { } answered && !await ThereIsAsync(row.Channel, answered, cancellationToken))
            return ReplyNotFound();

        row.Content = edit.Content ?? row.Content;
        row.ReplyTo = edit.Replies ? edit.ReplyTo : row.ReplyTo;
        if (edit.SendAt is { } sendAt)
            (row.SendAt, row.TryAt, row.Failure, row.FailedAt) = (sendAt, sendAt, null, null);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(ScheduledView.Of(row));
    }

    /// <summary>Removes one.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(Guid id, Guid author, CancellationToken cancellationToken) =>
        await db.Scheduled.Where(row => row.Id == id && row.Author == author).ExecuteDeleteAsync(cancellationToken) > 0 ? TypedResults.NoContent() : NotFound();

    private async Task<bool> ThereIsAsync(Guid channel, Guid message, CancellationToken cancellationToken) =>
        await db.Messages.AnyAsync(row => row.Id == message && row.Channel == channel && row.DeletedAt == null, cancellationToken);

    private static ProblemHttpResult NotFound() => Problems.NotFound("scheduled_not_found", "The caller has no such message for later: it may have been sent.");

    private static ProblemHttpResult ReplyNotFound() => Problems.Validation(new FieldError("replyTo", "reply_not_found", "The answered message is not in this channel."));
}

/// <summary>A message for later as its author sees it.</summary>
/// <param name="Failed">Why it was refused; absent: it waits. It is not tried again unless it is given another time.</param>
internal sealed record ScheduledView(
    Guid Id, Guid Channel, string Content, DateTimeOffset SendAt, DateTimeOffset CreatedAt, Guid? ReplyTo = null, ScheduledFailure? Failed = null)
{
    public static ScheduledView Of(ScheduledRow row) => new(
        row.Id, row.Channel, row.Content, row.SendAt, row.CreatedAt, row.ReplyTo, row is { Failure: { } code, FailedAt: { } at } ? new ScheduledFailure(code, at) : null);
}

/// <param name="Code">The code of the problem that a send would have been answered.</param>
internal sealed record ScheduledFailure(string Code, DateTimeOffset At);

/// <param name="Next">The cursor of the next page; absent: there is none.</param>
internal sealed record ScheduledPage(IReadOnlyList<ScheduledView> Items, string? Next = null);
