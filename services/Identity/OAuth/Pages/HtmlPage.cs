namespace Chat.Identity.OAuth.Pages;

/// <summary>A whole page. Nothing inline, as the gateway's Content-Security-Policy allows nothing inline; the address, which carries the request, is told to nobody.</summary>
internal sealed class HtmlPage(int status, string title, Html content, string? script = null) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return response.WriteAsync(Document().Text, httpContext.RequestAborted);
    }

    private Html Document()
    {
        var load = script is null ? Html.Empty : Html.Of($"""<script src="/oauth/{script}" defer></script>""");
        return Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="robots" content="noindex">
              <title>{title} · Chat</title>
              <link rel="icon" href="data:,">
              <link rel="stylesheet" href="/oauth/pages.css">
              {load}
            </head>
            <body>
              <main>
                <h1>{title}</h1>
            {content}
              </main>
            </body>
            </html>

            """);
    }
}
