using Chat.Access;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Changes;

/// <summary>The change log of a channel: what a client missed.</summary>
internal static class ChangesApi
{
    private const int UsualLimit = 100;
    private const int MaxLimit = 500;

    public static void AddChangeLog(this IHostApplicationBuilder builder) => builder.Services.AddScoped<ChangeLog>();

    public static void MapChanges(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/channels/{channel:guid}/changes", ReadAsync).WithScopes("messages").WithTags("Changes");

    private static async Task<Results<Ok<ChangePage>, ProblemHttpResult>> ReadAsync(
        Guid channel, [AsParameters] ChangesQuery query, Caller caller, IChannelPermissions permissions, ChangeLog log, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is null)
            return MessagesApi.ChannelNotFound();
        return await AnswerAsync(channel, query, log, cancellationToken);
    }

    internal static async Task<Results<Ok<ChangePage>, ProblemHttpResult>> AnswerAsync(Guid channel, ChangesQuery query, ChangeLog log, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var after = QueryNumber.Revision(query.After, "after", errors);
        if (query.After is null)
            errors.Add(new FieldError("after", "required", "The revision to continue from is missing; 0 is the beginning."));
        var limit = QueryNumber.Limit(query.Limit, UsualLimit, MaxLimit, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        return TypedResults.Ok(await log.ReadAsync(channel, after ?? 0, limit, cancellationToken));
    }
}

/// <summary>Raw text, so that a mistake is reported for its field.</summary>
internal sealed record ChangesQuery(string? After, string? Limit);
