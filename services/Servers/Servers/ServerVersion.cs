using System.Globalization;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Chat.Servers.Servers;

/// <summary>
/// The entity tags of a server's snapshot. The revision counts every change of the structure, and what else the snapshot shows of its reader follows from it, but for a
/// timeout that is simply over.
/// </summary>
internal static class ServerVersion
{
    /// <summary>Says what the answer is a version of, and that it is its reader's alone.</summary>
    public static void Mark(HttpContext http, long rev, bool timedOut)
    {
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = Tag(rev, timedOut);
        headers.CacheControl = new CacheControlHeaderValue { Private = true, NoCache = true };
    }

    /// <inheritdoc cref="Mark(HttpContext, long, bool)"/>
    public static void Mark(HttpContext http, ServerResponse server) => Mark(http, server.Rev, server.Me.TimedOutUntil is not null);

    /// <summary>Whether the client says in <c>If-None-Match</c> that it has this.</summary>
    public static bool IsKnown(IList<EntityTagHeaderValue> known, long rev, bool timedOut) =>
        known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(Tag(rev, timedOut), useStrongComparison: false));

    /// <summary>Null when the request's <c>If-Match</c>, if it has one, names the present revision; else 412 with the present tag.</summary>
    public static ProblemHttpResult? RefuseStale(HttpContext http, long rev, bool timedOut)
    {
        // One that cannot be read names no revision, and must not pass for one that was not sent.
        if (http.Request.Headers.IfMatch.Count == 0
            || http.Request.GetTypedHeaders().IfMatch.Any(tag =>
                tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(Tag(rev, true), useStrongComparison: true) || tag.Compare(Tag(rev, false), useStrongComparison: true)))
        {
            return null;
        }

        Mark(http, rev, timedOut);
        return Problems.Create(StatusCodes.Status412PreconditionFailed, "stale_version", "The server has changed since. Read it again.", ("rev", rev));
    }

    private static EntityTagHeaderValue Tag(long rev, bool timedOut) => new(string.Create(CultureInfo.InvariantCulture, $"\"{rev}{(timedOut ? "-t" : "")}\""));
}
