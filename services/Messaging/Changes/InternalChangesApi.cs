using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Changes;

/// <summary>What other services read of the change log. They answer for the permissions of whoever they pass it on to.</summary>
internal static class InternalChangesApi
{
    private const int MaxChannels = 500;

    public static void MapInternalChanges(this IEndpointRouteBuilder routes)
    {
        var channels = routes.MapInternal().MapGroup("/channels");
        channels.MapGet("/{channel:guid}/changes", ReadAsync);
        channels.MapPost("/revisions", RevisionsAsync);
    }

    private static async Task<Results<Ok<ChangePage>, ProblemHttpResult>> ReadAsync(
        Guid channel, [AsParameters] ChangesQuery query, ChangeLog log, CancellationToken cancellationToken) =>
        query.TryRead(out var after, out var limit, out var invalid) ? TypedResults.Ok((await log.ReadAsync(channel, null, after, limit, cancellationToken)).Value) : invalid;

    private static async Task<Results<Ok<RevisionList>, ProblemHttpResult>> RevisionsAsync(
        RevisionsRequest body, ChangeLog log, CancellationToken cancellationToken)
    {
        if (body.Channels.Count > MaxChannels)
            return Problems.Validation(new FieldError("channels", "too_many", $"At most {MaxChannels} channels at once."));
        return TypedResults.Ok(new RevisionList(await log.RevisionsAsync(body.Channels, cancellationToken)));
    }

    /// <summary>Which channels, 500 at most.</summary>
    internal sealed record RevisionsRequest(IReadOnlyList<Guid> Channels);

    /// <summary>One entry per channel asked for, in the same order.</summary>
    internal sealed record RevisionList(IReadOnlyList<ChannelRevision> Items);
}
