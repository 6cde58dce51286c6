using Chat.Identity.MailLinks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.OAuth.Pages;

/// <summary>The scripts and the style of the pages, from this assembly.</summary>
internal static class PageFiles
{
    private const string JavaScript = "text/javascript; charset=utf-8";

    private static readonly (string Name, string MediaType)[] Files =
        [("pages.css", "text/css; charset=utf-8"), ("sign-in.js", JavaScript), ("consent.js", JavaScript), (MailLinkPages.Script, JavaScript)];

    public static void MapPageFiles(this IEndpointRouteBuilder oauth)
    {
        foreach (var (name, mediaType) in Files)
        {
            var content = Read(name);
            oauth.MapGet("/" + name, (HttpResponse response) => Send(response, content, mediaType)).AllowAnonymous();
        }
    }

    private static FileContentHttpResult Send(HttpResponse response, byte[] content, string mediaType)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Bytes(content, mediaType);
    }

    private static byte[] Read(string name)
    {
        using var resource = typeof(PageFiles).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
