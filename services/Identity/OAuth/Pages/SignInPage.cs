using Chat.Identity.OAuth.Authorizing;

namespace Chat.Identity.OAuth.Pages;

/// <summary>For somebody who is not signed in, or has to once more.</summary>
internal static class SignInPage
{
    /// <param name="person">Who is signed in already.</param>
    /// <param name="mark">What the page comes back with after the sign-in.</param>
    public static HtmlPage For(AuthorizationRequest request, SignedIn? person, string mark) => new(
        StatusCodes.Status200OK,
        person is null ? "Sign in" : "Sign in again",
        Html.Of($"""
                <p>to continue to <strong>{request.Client.Name}</strong></p>
                <form id="sign-in" data-mark="{mark}" data-parameter="{AuthorizationRequests.SignInMark}" novalidate>
                  <p><label for="login">Username or e-mail address</label>
                    <input id="login" name="login" autocomplete="username" autocapitalize="none" spellcheck="false" required value="{request.LoginHint ?? (request.Prompts.Contains(Prompt.Login) ? null : person?.Account.UserName)}"></p>
                  <p><label for="password">Password</label>
                    <input id="password" name="password" type="password" autocomplete="current-password" required></p>
                  <div id="second-factor" hidden>
                    <p><label for="code">Code of your second factor</label>
                      <input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"></p>
                    <p><button id="mail-code" type="button" class="quiet" hidden>Send me a code by e-mail</button></p>
                  </div>
                  <p id="message" role="alert"></p>
                  <p class="choice"><button id="passkey" type="button" class="quiet" hidden>Use a passkey</button> <button id="submit" type="submit">Sign in</button></p>
                </form>
                <p class="hint">You sign in by another provider? <a href="/" target="_blank" rel="noopener">Sign in to Chat</a> in another tab.
                  <button id="continue" type="button" class="link">Continue here</button> when you have.</p>
                <noscript><p role="alert">This page needs JavaScript.</p></noscript>
            """),
        "sign-in.js");
}
