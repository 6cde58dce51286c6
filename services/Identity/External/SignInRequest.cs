using System.Globalization;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;

namespace Chat.Identity.External;

/// <summary>What a browser has set out for to a provider. It travels in the OAuth <c>state</c>, encrypted by DataProtection, and comes back to that browser only.</summary>
/// <param name="Remember">Whether the session is to outlive the browser.</param>
/// <param name="Account">To link the login to, if that is what it is for.</param>
/// <param name="Session">The session that asked for it.</param>
internal sealed record SignInRequest(string ReturnUrl, bool Remember, Guid? Account, Guid? Session)
{
    public static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(10);

    private const string RememberItem = "remember";
    private const string AccountItem = "account";
    private const string SessionItem = "session";

    public static SignInRequest For(string returnUrl, bool remember, Caller? linkTo) => new(returnUrl, remember, linkTo?.Id, linkTo?.Session);

    public AuthenticationProperties ToProperties(DateTimeOffset now)
    {
        var properties = new AuthenticationProperties { RedirectUri = ReturnUrl, IssuedUtc = now };
        properties.Items[RememberItem] = Remember.ToString(CultureInfo.InvariantCulture);
        properties.Items[AccountItem] = Account?.ToString();
        properties.Items[SessionItem] = Session?.ToString();
        return properties;
    }

    /// <returns>Null when it is too old: the cookie of a browser that keeps no time would not tell.</returns>
    public static SignInRequest? From(AuthenticationProperties properties, string? returnUrl, DateTimeOffset now) =>
        properties.IssuedUtc is { } begun && begun + GoodFor > now
            ? new SignInRequest(
                returnUrl ?? "/",
                properties.Items.TryGetValue(RememberItem, out var remember) && remember == bool.TrueString,
                Id(properties, AccountItem),
                Id(properties, SessionItem))
            : null;

    private static Guid? Id(AuthenticationProperties properties, string item) =>
        properties.Items.TryGetValue(item, out var text) && Guid.TryParse(text, out var id) ? id : null;
}
