using Chat.Identity.OAuth.Pages;

namespace Chat.Identity.MailLinks;

/// <summary>
/// The pages that links in mails lead to. Opening one does nothing yet: mail scanners open links too. The script posts the token when the person says so, and takes it out of the
/// address bar at once.
/// </summary>
internal static class MailLinkPages
{
    public const string Script = "mail-link.js";

    public static void MapMailLinks(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/").AllowAnonymous();
        pages.MapGet("/verify-email", () => ByToken(
            "Verify your e-mail address", "auth/verify-email", "This makes the address yours, and your account ready for use.", "Verify", "Your address is verified. You can sign in now."));
        pages.MapGet("/confirm-email-change", () => ByToken(
            "Change your e-mail address", "auth/confirm-email-change", "From now on your account has the address that this mail came to.", "Change", "Your account has its new address."));
        pages.MapGet("/reset-password", ResetPassword);
        pages.MapGet("/forgot-password", ForgotPassword);
    }

    private static HtmlPage ByToken(string title, string path, string says, string act, string done) => Page(title, path, done, Html.Of($"""
                <p>{says}</p>
                <input name="token" type="hidden">
        """), act);

    private static HtmlPage ResetPassword() => Page("Set a new password", "auth/reset-password", "Your password is set, and you are signed out everywhere. You can sign in now.", Html.Of($"""
                <input name="token" type="hidden">
                <p><label for="password">New password</label>
                  <input id="password" name="password" type="password" autocomplete="new-password" required></p>
        """), "Set it");

    private static HtmlPage ForgotPassword() => Page("Forgot your password?", "auth/forgot-password", "If the address has an account, a link is on its way to it.", Html.Of($"""
                <p><label for="email">Your e-mail address</label>
                  <input id="email" name="email" type="email" autocomplete="email" required></p>
        """), "Mail me a link");

    private static HtmlPage Page(string title, string path, string done, Html fields, string act) => new(
        StatusCodes.Status200OK,
        title,
        Html.Of($"""
                <form id="form" data-path="{path}" data-done="{done}" novalidate>
            {fields}
                  <p id="message" role="alert"></p>
                  <p class="choice"><button id="submit" type="submit">{act}</button></p>
                </form>
                <noscript><p role="alert">This page needs JavaScript.</p></noscript>
            """),
        Script);
}
