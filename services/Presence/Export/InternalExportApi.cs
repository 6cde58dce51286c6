using Chat.Presence.People;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Presence.Export;

/// <summary>What presence knows of a person, for identity to hand to that person. Who blocks them is not theirs to know.</summary>
internal static class InternalExportApi
{
    public static void AddExport(this IHostApplicationBuilder builder) => builder.Services.AddScoped<PersonExport>();

    public static void MapInternalExport(this IEndpointRouteBuilder routes) => routes.MapInternal().MapGet("/users/{user:guid}/export", Read);

    /// <summary>Streamed, one list after the other: when the store fails on the way the connection breaks, and the JSON stays incomplete.</summary>
    private static Ok<ExportResponse> Read(Guid user, PersonExport export, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ExportResponse(
            user, export.FriendsAsync(user, cancellationToken), export.RequestsAsync(user, cancellationToken), export.BlocksAsync(user, cancellationToken)));

    private sealed record ExportResponse(
        Guid User, IAsyncEnumerable<RelationResponse> Friends, IAsyncEnumerable<RelationResponse> Requests, IAsyncEnumerable<RelationResponse> Blocks);
}
