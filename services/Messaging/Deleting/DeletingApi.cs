using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Moderating;
using Chat.Messaging.Reading;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Deleting;

/// <summary>Deleting messages on request.</summary>
internal static class DeletingApi
{
    private const int MaxAtOnce = 100;

    public static void MapDeleting(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("/api/v1/channels/{channel:guid}/messages").WithScopes("messages").WithTags("Messages");
        messages.MapDelete("/{message:guid}", DeleteAsync).WithChangeLimits();
        messages.MapPost("/bulk-delete", DeleteManyAsync).WithChangeLimits();
    }

    /// <summary>Its author may, unless it is a system message, and whoever has ManageMessages. A message that is deleted already is answered the same.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid channel, Guid message, AuditReason reason, Caller caller, ChannelActs acts, MessageErasure erasure, CancellationToken cancellationToken) =>
        acts.DoAsync(
            channel,
            caller,
            Permissions.ViewChannel,
            async (act, ct) =>
            {
                if (await act.Channel.FindAsync(message, ct) is not { } row)
                    return ChannelActs.MessageNotFound();
                if ((row.Author != caller.Id || row.Kind != MessageKind.Text) && !act.Allows(Permissions.ManageMessages))
                    return ChannelActs.MissingPermission();
                if (reason.Error is { } invalid)
                    return Problems.Validation(invalid);
                if (row.DeletedAt is not null)
                    return null;

                await erasure.EraseAsync(act.Channel, [row], caller.Id, ct);
                if (row.Author != caller.Id)
                    ModeratorActs.Tell(act, MessageModeration.Deleted, [row], reason.Text);
                return null;
            },
            cancellationToken);

    /// <summary>All or none of them: an id that is not in the channel is an error. Those that are deleted already are passed over.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteManyAsync(
        Guid channel, DeleteMessages body, AuditReason reason, Caller caller, ChannelActs acts, MessageErasure erasure, MessagingDbContext db, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var ids = body.Read(errors);
        if (reason.Error is { } invalid)
            errors.Add(invalid);
        return await acts.DoAsync(
            channel,
            caller,
            Permissions.ManageMessages,
            async (act, ct) =>
            {
                if (errors.Count > 0)
                    return Problems.Validation(errors);
                var rows = await db.Messages.Of(channel, [.. ids]).OrderBy(row => row.Seq).ToListAsync(ct);
                var found = rows.Select(row => row.Id).ToHashSet();
                var missing = ids.Index().Where(id => !found.Contains(id.Item)).ToList();
                if (missing.Count > 0)
                    return Problems.Validation([.. missing.Select(id => new FieldError($"messages[{id.Index}]", "message_not_found", "There is no such message in this channel."))]);
                var left = rows.FindAll(row => row.DeletedAt is null);
                if (left.Count == 0)
                    return null;

                await erasure.EraseAsync(act.Channel, left, caller.Id, ct);
                if (left.Exists(row => row.Author != caller.Id))
                    ModeratorActs.Tell(act, MessageModeration.BulkDeleted, left, reason.Text);
                return null;
            },
            cancellationToken);
    }

    /// <param name="Messages">Ids, 1 to 100.</param>
    internal sealed record DeleteMessages(JsonElement? Messages = null)
    {
        public List<Guid> Read(List<FieldError> errors)
        {
            if (Messages is not { ValueKind: JsonValueKind.Array } list)
            {
                errors.Add(new FieldError("messages", Messages is null ? "required" : "invalid_type", "The field takes a list of ids."));
                return [];
            }

            if (list.GetArrayLength() is 0 or > MaxAtOnce)
            {
                errors.Add(new FieldError("messages", "out_of_range", $"1 to {MaxAtOnce} messages at once."));
                return [];
            }

            var ids = new List<Guid>();
            foreach (var (index, item) in list.EnumerateArray().Index())
            {
                if (JsonText.IsSound(item) && item.TryGetGuid(out var id))
                    ids.Add(id);
                else
                    errors.Add(new FieldError($"messages[{index}]", "invalid_id", "The id is not a UUID."));
            }

            return [.. ids.Distinct()];
        }
    }
}
