using Chat.Messaging.Limits;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Drafts;

/// <summary>Drafts. Everybody sees their own alone.</summary>
internal static class DraftsApi
{
    private const int UsualLimit = 50;
    private const int MaxLimit = 100;

    public static void AddDrafts(this IHostApplicationBuilder builder) => builder.Services.AddScoped<DraftStore>();

    public static void MapDrafts(this IEndpointRouteBuilder routes)
    {
        var draft = routes.MapGroup("/api/v1/channels/{channel:guid}/draft").WithScopes("messages").WithTags("Drafts");
        draft.MapPut("", SetAsync).WithChangeLimits();
        draft.MapDelete("", RemoveAsync).WithChangeLimits();
        routes.MapGet("/api/v1/drafts", ReadAsync).WithScopes("messages").WithTags("Drafts");
    }

    private static Task<Results<Ok<DraftView>, NoContent, ProblemHttpResult>> SetAsync(
        Guid channel, SetDraft body, Caller caller, DraftStore drafts, CancellationToken cancellationToken) => drafts.SetAsync(channel, body, caller.Id, cancellationToken);

    /// <summary>204 whether there was one or not, and whether the channel can be seen or not: it is the caller's own.</summary>
    private static async Task<NoContent> RemoveAsync(Guid channel, Caller caller, DraftStore drafts, CancellationToken cancellationToken)
    {
        await drafts.RemoveAsync(channel, caller.Id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<DraftPage>, ProblemHttpResult>> ReadAsync(
        string? limit, string? cursor, Caller caller, DraftStore drafts, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var after = TimeCursor.Read(ListKind.Drafts, cursor, TimeCursor.End, errors);
        var count = QueryNumber.Limit(limit, UsualLimit, MaxLimit, errors);
        return errors.Count > 0 ? Problems.Validation(errors) : TypedResults.Ok(await drafts.ReadAsync(caller.Id, after, count, cancellationToken));
    }
}
