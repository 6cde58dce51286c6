using Chat.Messaging.Acting;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Mentioning;

/// <summary>The inbox of mentions.</summary>
internal static class MentionsApi
{
    private const int UsualLimit = 50;
    private const int MaxLimit = 100;

    public static void AddMentioning(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MentionResolver>();
        builder.Services.AddSingleton<MentionInbox>();
    }

    public static void MapMentions(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/mentions", ReadAsync).WithScopes("messages").WithTags("Mentions");

    private static async Task<Results<Ok<MentionPage>, ProblemHttpResult>> ReadAsync(
        string? server, string? limit, string? cursor, Caller caller, MentionInbox inbox, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var only = QueryId.Read(server, "server", errors);
        var size = QueryNumber.Limit(limit, UsualLimit, MaxLimit, errors);
        var before = Cursor.Id(ListKind.Mentions, cursor, errors);
        if (errors.Count > 0)
            return Problems.Validation(errors);
        return await inbox.ReadAsync(caller.Id, only, before, size, cancellationToken) is { } page ? TypedResults.Ok(page) : ChannelActs.PermissionsChanging();
    }
}
