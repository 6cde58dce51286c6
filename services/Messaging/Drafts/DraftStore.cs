using System.Text.Json;
using Chat.Access;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Drafts;

/// <summary>What people have begun to write: one draft for each person and channel, at most <see cref="MaxPerPerson"/>. The last one written stays.</summary>
internal sealed class DraftStore(MessagingDbContext db, IChannelPermissions permissions, TimeProvider clock)
{
    public const int MaxPerPerson = 200;

    /// <summary>Keeps a draft; an empty one is removed.</summary>
    public async Task<Results<Ok<DraftView>, NoContent, ProblemHttpResult>> SetAsync(Guid channel, SetDraft body, Guid user, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, user, cancellationToken) is null)
            return MessagesApi.ChannelNotFound();
        var errors = new List<FieldError>();
        var (content, replyTo) = body.Validate(errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        if (content.Length == 0)
        {
            await RemoveAsync(channel, user, cancellationToken);
            return TypedResults.NoContent();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // One after the other for each person, so that the count is exact and the last one wins.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({$"drafts {user}"}, 0))", cancellationToken);
        if (!await HasRoomAsync(channel, user, cancellationToken))
            return Problems.Conflict("too_many_drafts", $"Nobody has more than {MaxPerPerson} drafts.");
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into drafts (user_id, channel, content, reply_to, updated_at) values ({user}, {channel}, {content}, {replyTo}, {now})
            on conflict (user_id, channel) do update set content = excluded.content, reply_to = excluded.reply_to, updated_at = excluded.updated_at
            """,
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(new DraftView(channel, content, now, replyTo));
    }

    public Task<int> RemoveAsync(Guid channel, Guid user, CancellationToken cancellationToken) =>
        db.Drafts.Where(draft => draft.User == user && draft.Channel == channel).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Somebody's drafts in channels that they see, the one written last first; a page may have fewer than <paramref name="limit"/> for that.</summary>
    public async Task<DraftPage> ReadAsync(Guid user, TimeCursor after, int limit, CancellationToken cancellationToken)
    {
        var rows = await db.Drafts.AsNoTracking()
            .Where(draft => draft.User == user && (draft.UpdatedAt < after.At || (draft.UpdatedAt == after.At && draft.Channel < after.Id)))
            .OrderByDescending(draft => draft.UpdatedAt).ThenByDescending(draft => draft.Channel).Take(limit + 1).ToListAsync(cancellationToken);
        var page = rows.Take(limit).ToList();
        var visible = await permissions.GetManyAsync(page.ConvertAll(draft => draft.Channel), user, cancellationToken);
        return new DraftPage(
            [.. page.Where(draft => visible.ContainsKey(draft.Channel)).Select(draft => new DraftView(draft.Channel, draft.Content, draft.UpdatedAt, draft.ReplyTo))],
            rows.Count > limit ? new TimeCursor(page[^1].UpdatedAt, page[^1].Channel).Of(ListKind.Drafts) : null);
    }

    /// <summary>Whether a draft for the channel fits. Those of channels that their owner does not see any more make room.</summary>
    private async Task<bool> HasRoomAsync(Guid channel, Guid user, CancellationToken cancellationToken)
    {
        var others = await db.Drafts.Where(draft => draft.User == user && draft.Channel != channel).Select(draft => draft.Channel).ToListAsync(cancellationToken);
        if (others.Count < MaxPerPerson)
            return true;
        var visible = await permissions.GetManyAsync(others, user, cancellationToken);
        var hidden = others.FindAll(other => !visible.ContainsKey(other));
        return await db.Drafts.Where(draft => draft.User == user && hidden.Contains(draft.Channel)).ExecuteDeleteAsync(cancellationToken) > 0;
    }
}

/// <summary>The body of a draft. The fields stay raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Content">Text by the rules of a send, but that it may be empty. Required.</param>
/// <param name="ReplyTo">The id of the message it is to answer. Optional, and not looked for: it may be gone by the time this is sent.</param>
internal sealed record SetDraft(JsonElement? Content = null, JsonElement? ReplyTo = null)
{
    public (string Content, Guid? ReplyTo) Validate(List<FieldError> errors)
    {
        var replyTo = SendMessage.CheckReplyTo(ReplyTo, errors);
        var found = new List<FieldError>();
        var content = SendMessage.CheckContent(Content, found);
        // Text with nothing to see in it is an empty draft.
        if (Content is { ValueKind: JsonValueKind.String } && found is [{ Code: "required" }])
            return ("", null);
        errors.AddRange(found);
        return (content ?? "", replyTo);
    }
}

/// <summary>A draft as its owner sees it.</summary>
internal sealed record DraftView(Guid Channel, string Content, DateTimeOffset UpdatedAt, Guid? ReplyTo = null);

/// <param name="Next">The cursor of the next page; absent: there is none.</param>
internal sealed record DraftPage(IReadOnlyList<DraftView> Items, string? Next = null);
