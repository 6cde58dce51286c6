using Chat.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Limits;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Reactions;

/// <summary>Reacting to messages, and who did. The emoji stands percent-encoded in the path. Every change answers 200 with the message.</summary>
internal static class ReactionsApi
{
    private static readonly string Reactors = MessagePeople.Statement("reactions", "emoji");

    public static void AddReactions(this IHostApplicationBuilder builder) => builder.Services.AddScoped<MessageReactions>();

    public static void MapReactions(this IEndpointRouteBuilder routes)
    {
        var reactions = routes.MapGroup("/api/v1/channels/{channel:guid}/messages/{message:guid}/reactions").WithScopes("messages").WithTags("Reactions");
        reactions.MapGet("/{emoji}", ReadAsync);
        var changes = reactions.MapGroup("").WithChangeLimits();
        changes.MapPut("/{emoji}", AddAsync);
        changes.MapDelete("/{emoji}", RemoveOwnAsync);
        changes.MapDelete("/{emoji}/{user:guid}", RemoveAsync);
        changes.MapDelete("", ClearAsync);
    }

    private static Task<Results<Ok<Message>, ProblemHttpResult>> AddAsync(
        Guid channel, Guid message, string emoji, Caller caller, MessageReactions reactions, CancellationToken cancellationToken) =>
        reactions.AddAsync(channel, message, emoji, caller, cancellationToken);

    private static Task<Results<Ok<Message>, ProblemHttpResult>> RemoveOwnAsync(
        Guid channel, Guid message, string emoji, AuditReason reason, Caller caller, MessageReactions reactions, CancellationToken cancellationToken) =>
        reactions.RemoveAsync(channel, message, emoji, caller.Id, reason, caller, cancellationToken);

    private static Task<Results<Ok<Message>, ProblemHttpResult>> RemoveAsync(
        Guid channel, Guid message, string emoji, Guid user, AuditReason reason, Caller caller, MessageReactions reactions, CancellationToken cancellationToken) =>
        reactions.RemoveAsync(channel, message, emoji, user, reason, caller, cancellationToken);

    /// <param name="emoji">Everybody's with this one only; absent: all there are.</param>
    private static Task<Results<Ok<Message>, ProblemHttpResult>> ClearAsync(
        Guid channel, Guid message, string? emoji, AuditReason reason, Caller caller, MessageReactions reactions, CancellationToken cancellationToken) =>
        reactions.ClearAsync(channel, message, emoji, reason, caller, cancellationToken);

    private static async Task<Results<Ok<PeoplePage>, ProblemHttpResult>> ReadAsync(
        Guid channel, Guid message, string emoji, [AsParameters] PeopleQuery query, Caller caller, IChannelPermissions permissions, MessagePeople people, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();

        var errors = new List<FieldError>();
        var (after, limit) = query.Read(ListKind.Reactors, errors);
        if (Emoji.Normalise(emoji) is not { } kind)
            return MessageReactions.InvalidEmoji();
        if (errors.Count > 0)
            return Problems.Validation(errors);

        if (await people.ReadAsync(Reactors, ListKind.Reactors, channel, message, kind, after, limit, cancellationToken) is not { } found)
            return ChannelActs.MessageNotFound();
        return await found.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken) ? TypedResults.Ok(found.Value.Page) : MessagesApi.ChannelNotFound();
    }
}
