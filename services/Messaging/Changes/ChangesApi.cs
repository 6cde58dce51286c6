using System.Diagnostics.CodeAnalysis;
using Chat.Access;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Changes;

/// <summary>The change log of a channel: what a client missed.</summary>
internal static class ChangesApi
{
    public static void AddChangeLog(this IHostApplicationBuilder builder) => builder.Services.AddScoped<ChangeLog>();

    public static void MapChanges(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/channels/{channel:guid}/changes", ReadAsync).WithScopes("messages").WithTags("Changes");

    private static async Task<Results<Ok<ChangePage>, ProblemHttpResult>> ReadAsync(
        Guid channel, [AsParameters] ChangesQuery query, Caller caller, IChannelPermissions permissions, ChangeLog log, CancellationToken cancellationToken)
    {
        if (await permissions.GetAsync(channel, caller.Id, cancellationToken) is not { } access)
            return MessagesApi.ChannelNotFound();
        if (!query.TryRead(out var after, out var limit, out var invalid))
            return invalid;

        var page = await log.ReadAsync(channel, caller.Id, after, limit, cancellationToken);
        return await page.MayBeAnsweredAsync(channel, caller.Id, access, permissions, cancellationToken) ? TypedResults.Ok(page.Value) : MessagesApi.ChannelNotFound();
    }
}

/// <summary>Raw text, so that a mistake is reported for its field.</summary>
internal sealed record ChangesQuery(string? After, string? Limit)
{
    private const int UsualLimit = 100;
    private const int MaxLimit = 500;

    public bool TryRead(out long after, out int limit, [NotNullWhen(false)] out ProblemHttpResult? invalid)
    {
        var errors = new List<FieldError>();
        after = QueryNumber.Revision(After, "after", errors) ?? 0;
        if (After is null)
            errors.Add(new FieldError("after", "required", "The revision to continue from is missing; 0 is the beginning."));
        limit = QueryNumber.Limit(Limit, UsualLimit, MaxLimit, errors);
        invalid = errors.Count > 0 ? Problems.Validation(errors) : null;
        return invalid is null;
    }
}
