using Chat.Messaging.Drafts;
using Chat.Messaging.Scheduling;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Export;

/// <summary>What messaging knows of a person, for identity to hand to that person.</summary>
internal static class InternalExportApi
{
    public static void AddExport(this IHostApplicationBuilder builder) =>
        builder.Services.AddScoped<MessageExport>().AddScoped<PlaceExport>();

    public static void MapInternalExport(this IEndpointRouteBuilder routes) => routes.MapInternal().MapGet("/users/{user:guid}/export", Read);

    /// <summary>Streamed: when the store fails on the way the connection breaks, and the JSON stays incomplete.</summary>
    private static Ok<PersonExport> Read(Guid user, MessageExport export, PlaceExport places, CancellationToken cancellationToken) =>
        TypedResults.Ok(new PersonExport(
            user,
            export.ReadAsync(user, cancellationToken),
            export.ReadScheduledAsync(user),
            export.ReadDraftsAsync(user, cancellationToken),
            export.ReadReactionsAsync(user, cancellationToken),
            export.ReadVotesAsync(user, cancellationToken),
            export.ReadEditsAsync(user, cancellationToken),
            places.ReadConversationsAsync(user, cancellationToken),
            places.ReadThreadsAsync(user, cancellationToken),
            places.ReadStatesAsync(user, cancellationToken)));

    private sealed record PersonExport(
        Guid User,
        IAsyncEnumerable<ExportedMessage> Messages,
        IAsyncEnumerable<ScheduledView> Scheduled,
        IAsyncEnumerable<DraftView> Drafts,
        IAsyncEnumerable<ExportedReaction> Reactions,
        IAsyncEnumerable<ExportedVote> Votes,
        IAsyncEnumerable<ExportedEdit> Edits,
        IAsyncEnumerable<ExportedConversation> Conversations,
        IAsyncEnumerable<ExportedThread> Threads,
        IAsyncEnumerable<ExportedReadState> ReadStates);
}
