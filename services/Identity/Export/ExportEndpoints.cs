using Chat.Identity.Limits;
using Chat.Identity.Proof;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Export;

internal static class ExportEndpoints
{
    private static readonly AttemptLimit Limit = new("export", 3, TimeSpan.FromHours(1));
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    public static void MapExport(this IEndpointRouteBuilder routes) => routes.MapGet("/users/@me/export", Export).RequireFreshProof();

    /// <summary>Everything the platform knows of its caller, as a zip file that is written while it is sent.</summary>
    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> Export(Caller caller, HttpContext http, [AsParameters] ExportServices services, CancellationToken cancellation)
    {
        if (await services.Attempts.CountAsync(Limit, caller.Id.ToString()) is { } wait)
            return Problems.TooMany("too_many_exports", $"An account is exported {Limit.Allowed} times an hour at most.", wait);

        if (await services.Documents.ReadAsync(caller.Id, cancellation) is not { } documents)
            return Problems.NotFound("user_not_found", "This account does not exist any more.");

        var archive = new ExportArchive(caller.Id, documents, services.Logger);
        http.Response.RegisterForDisposeAsync(archive);
        try
        {
            // All have begun to answer before the first byte goes out: what is away is an error, not a file with something missing.
            await archive.OpenAsync([services.Servers, services.Presence, services.Messaging], cancellation);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            await services.Attempts.TakeBackAsync(Limit, caller.Id.ToString());
            return Problems.Unavailable("export_unavailable", "A part of the system that has something of yours does not answer. Try again later.", RetryAfter);
        }

        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Stream(body => archive.WriteAsync(http, body, services.Clock.GetUtcNow()), "application/zip", "chat-export.zip");
    }
}

internal sealed record ExportServices(
    Attempts Attempts,
    AccountDocuments Documents,
    ServersExport Servers,
    PresenceExport Presence,
    MessagingExport Messaging,
    TimeProvider Clock,
    ILogger<ExportArchive> Logger);
