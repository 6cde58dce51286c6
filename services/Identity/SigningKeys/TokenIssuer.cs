namespace Chat.Identity.SigningKeys;

/// <summary>The public address of the installation: <c>iss</c> of tokens, configuration <c>Auth:Issuer</c>.</summary>
internal sealed record TokenIssuer(string Url)
{
    public bool IsHttps => Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}
