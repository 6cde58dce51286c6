using System.Text.Json;
using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Editing;

/// <summary>Editing messages, and what they said before.</summary>
internal static class EditingApi
{
    public static void AddEditing(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<MessageEditing>();
        builder.Services.AddScoped<EditHistory>();
    }

    public static void MapEditing(this IEndpointRouteBuilder routes)
    {
        var message = routes.MapGroup("/api/v1/channels/{channel:guid}/messages/{message:guid}").WithScopes("messages").WithTags("Messages");
        message.MapPatch("", EditAsync).WithChangeLimits();
        message.MapGet("/edits", ReadEditsAsync);
    }

    private static Task<Results<Ok<Message>, ProblemHttpResult>> EditAsync(
        Guid channel, Guid message, EditMessage body, Caller caller, MessageEditing editing, CancellationToken cancellationToken) =>
        editing.EditAsync(channel, message, body, caller, cancellationToken);

    /// <summary>For the author, and for whoever has ManageMessages.</summary>
    private static async Task<Results<Ok<EditList>, ProblemHttpResult>> ReadEditsAsync(
        Guid channel, Guid message, Caller caller, IChannelPermissions permissions, EditHistory edits, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        if (await edits.ReadAsync(channel, message, cancellationToken) is not { } found)
            return ChannelActs.MessageNotFound();
        if (!await found.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken))
            return MessagesApi.ChannelNotFound();
        if (found.Value.Author != caller.Id && !access.Allows(Permissions.ManageMessages))
            return ChannelActs.MissingPermission();
        return TypedResults.Ok(new EditList(found.Value.Items));
    }

    /// <param name="Items">Oldest first, what it says now not among them; at most <see cref="MessageEditing.MaxKept"/>.</param>
    internal sealed record EditList(IReadOnlyList<PastContent> Items);
}

/// <summary>What a message said for a time.</summary>
/// <param name="Rev">The channel's revision of the edit that ended it.</param>
/// <param name="WrittenAt">Since when it said so.</param>
internal sealed record PastContent(string Content, DateTimeOffset WrittenAt, long Rev);

/// <summary>The body of an edit. The fields stay raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Content">The new text, by the rules of a send. Required; empty only where there is something else to show.</param>
/// <param name="Rev">The message's <c>rev</c> that the edit rests on; when the message has changed since, the answer is 409 with its present state. Optional: without it the last edit wins.</param>
internal sealed record EditMessage(JsonElement? Content = null, JsonElement? Rev = null)
{
    /// <param name="mayBeEmpty">Whether the message has something else to show.</param>
    public (string? Content, long? Rev) Validate(bool mayBeEmpty, List<FieldError> errors)
    {
        var content = SendMessage.CheckContent(Content, errors, mayBeEmpty && Content is not null);
        if (Rev is not { } given)
            return (content, null);
        if (given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out var rev) && rev >= 1)
            return (content, rev);
        errors.Add(new FieldError("rev", "invalid_number", "The revision is a whole number from 1 on."));
        return (content, null);
    }
}
