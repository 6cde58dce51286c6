using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Export;

/// <summary>What servers knows of a person, for identity to hand to that person.</summary>
internal static class InternalExportEndpoints
{
    public static void AddExport(this IHostApplicationBuilder builder) => builder.Services.AddScoped<PersonExport>();

    public static void MapInternalExport(this IEndpointRouteBuilder routes) => routes.MapInternal().MapGet("/users/{user:guid}/export", Read);

    /// <summary>Streamed: when the store fails on the way the connection breaks, and the JSON stays incomplete.</summary>
    private static Ok<ExportResponse> Read(Guid user, PersonExport export, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ExportResponse(user, export.MembershipsAsync(user, cancellationToken), export.InvitesAsync(user, cancellationToken)));

    private sealed record ExportResponse(Guid User, IAsyncEnumerable<ExportedMembership> Memberships, IAsyncEnumerable<ExportedInvite> Invites);
}
