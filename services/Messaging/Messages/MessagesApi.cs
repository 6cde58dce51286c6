using Chat.Access;
using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Conversations;
using Chat.Messaging.Limits;
using Chat.Messaging.Mentioning;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Messages;

/// <summary>Sending and reading messages.</summary>
internal static class MessagesApi
{
    private const int PageLimit = 50;

    /// <summary>How often a send asks for permission. Each further time takes another loss of rights in the server since the last.</summary>
    private const int MaxAttempts = 5;

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<History>();
        builder.Services.AddSingleton<MessagePeople>();
    }

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("/api/v1/channels/{channel:guid}/messages").WithScopes("messages").WithTags("Messages");
        messages.MapPost("", SendAsync).WithSendLimits();
        messages.MapGet("", ReadAsync);
        messages.MapGet("/{message:guid}", FindAsync);
    }

    private static async Task<Results<Created<Message>, ProblemHttpResult>> SendAsync(
        Guid channel, SendMessage body, Caller caller, [AsParameters] Sending services, CancellationToken cancellationToken)
    {
        var author = new Author(caller.Id, caller.Username, caller.DisplayName);
        for (var attempt = 1; ; attempt++)
        {
            if (await services.Permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
                return ChannelNotFound();
            if (!access.Allows(Permissions.SendMessages))
                return await services.Requests.RefusalAsync(access.Server, caller.Id, cancellationToken)
                    ?? Problems.Forbidden("missing_permission", "Sending messages in this channel is not allowed for the caller.");

            var errors = new List<FieldError>();
            if (body.Validate(errors) is not { } message)
                return Problems.Validation(errors);
            var named = await services.Mentions.ResolveAsync(channel, access, message.Content, cancellationToken);
            if (named.Problem is { } problem)
                return problem;
            if (attempt == 1 && await services.Limits.TakeAsync(channel, caller.Id, access.SlowMode, message.Nonce, cancellationToken) is { } refused)
                return refused;

            message = message.With(named);
            var outcome = await services.Writer.SendAsync(channel, access, author, message, cancellationToken);
            if (outcome is not SendOutcome.Recheck || attempt == MaxAttempts)
            {
                await services.Limits.SettleAsync(outcome);
                return Answer(outcome);
            }
        }
    }

    private static Results<Created<Message>, ProblemHttpResult> Answer(SendOutcome outcome) =>
        outcome switch
        {
            SendOutcome.Sent sent => TypedResults.Created((string?)null, sent.Message),
            SendOutcome.Recheck => Problems.Unavailable("permissions_changing", "Permissions in this server change faster than this could be sent. Repeat the request with the same nonce.", RetrySoon),
            SendOutcome.Locked => Problems.Forbidden("thread_locked", "Only those who manage threads may write in this one."),
            SendOutcome.RequestPending => MessageRequests.Pending(),
            SendOutcome.ReplyNotFound => Problems.Validation(new FieldError("replyTo", "reply_not_found", "The answered message is not in this channel.")),
            SendOutcome.Rejected => Problems.Unprocessable("message_rejected", "The message cannot be stored as it is."),
            SendOutcome.Busy => Problems.Unavailable("busy", "More messages are being sent than can be stored. Nothing was stored.", RetrySoon),
            SendOutcome.StoreUnavailable => Problems.Unavailable("store_unavailable", "The message store does not answer. Repeat the request with the same nonce.", RetrySoon),
            var unknown => throw new InvalidOperationException($"No answer for {unknown.GetType().Name}."),
        };

    private static async Task<Results<Ok<HistoryPage>, ProblemHttpResult>> ReadAsync(
        Guid channel, [AsParameters] HistoryQuery query, Caller caller, IChannelPermissions permissions, History history, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return ChannelNotFound();

        var errors = new List<FieldError>();
        var cursor = query.Cursor(errors);
        var limit = QueryNumber.Limit(query.Limit, PageLimit, PageLimit, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);

        var page = await history.ReadAsync(channel, caller.Id, cursor, limit, cancellationToken);
        return await page.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken) ? TypedResults.Ok(page.Value) : ChannelNotFound();
    }

    private static async Task<Results<Ok<Message>, ProblemHttpResult>> FindAsync(
        Guid channel, Guid message, Caller caller, IChannelPermissions permissions, History history, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return ChannelNotFound();

        var found = await history.FindAsync(channel, caller.Id, message, cancellationToken);
        if (!await found.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken))
            return ChannelNotFound();
        return found.Value is { } one ? TypedResults.Ok(one) : ChannelActs.MessageNotFound();
    }

    public static ProblemHttpResult ChannelNotFound() => Problems.NotFound("channel_not_found", "There is no such channel, or the caller cannot see it.");

    /// <summary>What a send needs.</summary>
    internal sealed record Sending(IChannelPermissions Permissions, MentionResolver Mentions, SendLimits Limits, MessageRequests Requests, MessageWriter Writer);

    /// <summary>At most one of the three cursors, each a <c>seq</c>. Raw text, so that a mistake is reported for its field.</summary>
    internal sealed record HistoryQuery(string? Before, string? After, string? Around, string? Limit)
    {
        public HistoryCursor Cursor(List<FieldError> errors)
        {
            var before = QueryNumber.Revision(Before, "before", errors);
            var after = QueryNumber.Revision(After, "after", errors);
            var around = QueryNumber.Revision(Around, "around", errors);
            switch (before, after, around)
            {
                case (null, null, null):
                    return new HistoryCursor(HistoryDirection.Newest, 0);
                case ({ } seq, null, null):
                    return new HistoryCursor(HistoryDirection.Before, seq);
                case (null, { } seq, null):
                    return new HistoryCursor(HistoryDirection.After, seq);
                case (null, null, { } seq):
                    return new HistoryCursor(HistoryDirection.Around, seq);
                default:
                    errors.Add(new FieldError(before is null ? "around" : "before", "conflicting_cursors", "Use one of before, after and around."));
                    return default;
            }
        }
    }
}
