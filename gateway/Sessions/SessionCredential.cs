using System.Security.Cryptography;
using System.Text;

namespace Chat.Gateway.Sessions;

/// <summary>What a request proves a session with. Only identity can turn it into a person. No record, so that printing one shows nothing.</summary>
internal sealed class SessionCredential
{
    private readonly string _value;

    private SessionCredential(SessionCredentialKind kind, string value)
    {
        (Kind, _value) = (kind, value);
        Key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}:{value}")));
    }

    public SessionCredentialKind Kind { get; }

    /// <summary>What it is remembered under: its SHA-256, with the kind in it, as the text of a token could be sent as a cookie.</summary>
    public string Key { get; }

    public static SessionCredential Cookie(string value) => new(SessionCredentialKind.Cookie, value);

    public static SessionCredential PersonalAccessToken(string value) => new(SessionCredentialKind.PersonalAccessToken, value);

    /// <summary>The secret itself, for identity alone.</summary>
    public string Reveal() => _value;
}

internal enum SessionCredentialKind
{
    Cookie,
    PersonalAccessToken,
}
