using Chat.Access;
using Chat.Messaging.Acting;
using Chat.Messaging.Limits;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Messages;

/// <summary>Sending and reading messages.</summary>
internal static class MessagesApi
{
    private const int PageLimit = 50;

    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MessageSending>();
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
        Guid channel, SendMessage body, Caller caller, MessageSending sending, SendLimits limits, CancellationToken cancellationToken)
    {
        var end = await sending.SendAsync(
            channel,
            new Author(caller.Id, caller.Username, caller.DisplayName),
            body.Validate,
            limits,
            (access, message) => limits.TakeAsync(channel, caller.Id, access.SlowMode, message.Nonce, cancellationToken),
            cancellationToken);
        return end.Problem is { } problem ? problem : TypedResults.Created((string?)null, end.Message);
    }

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

    /// <summary>403: a thread that was locked.</summary>
    public static ProblemHttpResult ThreadLocked() => Problems.Forbidden("thread_locked", "Only those who manage threads may write in this one.");

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
