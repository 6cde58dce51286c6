namespace Chat.Identity.OAuth.Pages;

/// <summary>For requests that cannot be answered to the client, as it is not known who it is or where it listens.</summary>
internal static class ErrorPage
{
    public static HtmlPage For(string reason) => new(
        StatusCodes.Status400BadRequest,
        "This link does not work",
        Html.Of($"""
                <p role="alert">{reason}</p>
                <p>Nothing was shared with anybody. Go back to the app and try again; if that does not help, tell whoever runs it.</p>
            """));
}
