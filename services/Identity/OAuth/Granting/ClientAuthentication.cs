using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Chat.Identity.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Granting;

/// <summary>
/// Which client makes a request (RFC 6749, 2.3): by its secret in the header or in the form, never both; one without a secret only says its name, and what it presents is bound to it
/// by PKCE and rotation. Wrong ones are counted by client and address.
/// </summary>
internal sealed class ClientAuthentication(IdentityDb db, Attempts attempts)
{
    private const int MaxHeaderLength = 2048;

    private static readonly AttemptLimit Wrong = new("oauth-client", 60, TimeSpan.FromMinutes(1));
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>One of the two.</returns>
    public async Task<(OAuthClient? Client, OAuthError? Refusal)> AuthenticateAsync(HttpContext http, OAuthForm form, CancellationToken cancellation)
    {
        if (!TryRead(http.Request, form, out var claimed, out var refusal))
            return (null, refusal);

        var counted = $"{claimed.Id}\n{ClientAddress.Subscriber(ClientAddress.Of(http))}";
        if (await attempts.CountAsync(Wrong, counted) is { } wait)
            return (null, OAuthError.TooMany(wait));

        var client = await db.OAuthClients.AsNoTracking().SingleOrDefaultAsync(c => c.Id == claimed.Id, cancellation);
        if (client is null || !IsRight(client, claimed.Secret))
            return (null, OAuthError.InvalidClient());

        await attempts.TakeBackAsync(Wrong, counted);
        return (client, null);
    }

    private static bool IsRight(OAuthClient client, string? secret) => (client.SecretHash, secret) switch
    {
        (null, null) => true,
        ({ } hash, { } sent) => CryptographicOperations.FixedTimeEquals(hash, RandomSecret.Hash(sent)),
        _ => false,
    };

    private static bool TryRead(HttpRequest request, OAuthForm form, out ClaimedClient claimed, out OAuthError? refusal)
    {
        (claimed, refusal) = (new ClaimedClient("", null), null);
        if (request.Headers.Authorization.Count > 0)
        {
            if (form["client_secret"] is not null)
                refusal = OAuthError.InvalidRequest("The client authenticates in the header and in the form: use one.");
            else if (request.Headers.Authorization is not [{ Length: <= MaxHeaderLength } header] || ReadBasic(header) is not { } basic)
                refusal = OAuthError.InvalidClient();
            else if (form["client_id"] is { } other && other != basic.Id)
                refusal = OAuthError.InvalidRequest("client_id is not the client that authenticates.");
            else
                claimed = basic;
        }
        else if (form["client_id"] is { } id)
        {
            claimed = new ClaimedClient(id, form["client_secret"]);
        }

        if (refusal is null && !ConfiguredClient.IsId(claimed.Id))
            refusal = OAuthError.InvalidClient();
        return refusal is null;
    }

    /// <summary>Id and secret are form-encoded before they are joined (RFC 6749, 2.3.1).</summary>
    private static ClaimedClient? ReadBasic(string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
            return null;

        try
        {
            var text = StrictUtf8.GetString(Convert.FromBase64String(value.Parameter));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : new ClaimedClient(Decode(text[..colon]), Decode(text[(colon + 1)..]));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private sealed record ClaimedClient(string Id, string? Secret);
}
