using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Fences;

/// <summary>What the servers service tells when rights were taken away.</summary>
internal static class FencesApi
{
    public static void AddFences(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<FenceWriter>();

    public static void MapFences(this IEndpointRouteBuilder routes) => routes.MapInternal().MapPut("/servers/{server:guid}/fence", RaiseAsync);

    /// <summary>Answers when nothing that was allowed by permissions of an earlier revision can be committed any more.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> RaiseAsync(Guid server, RaiseFence body, FenceWriter fences, CancellationToken cancellationToken)
    {
        if (body.Rev < 1)
            return Problems.Validation(new FieldError("rev", "out_of_range", "Revisions begin with 1."));
        await fences.RaiseAsync(server, body.Rev, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <param name="Rev">The server's revision with which rights were taken away.</param>
    internal sealed record RaiseFence(long Rev);
}
