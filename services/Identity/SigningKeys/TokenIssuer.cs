namespace Chat.Identity.SigningKeys;

/// <summary>The public address of the installation: <c>iss</c> of tokens, configuration <c>Auth:Issuer</c>.</summary>
internal sealed record TokenIssuer(string Url)
{
    public bool IsHttps => Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address of a page or route; <paramref name="path"/> without a slash in front.</summary>
    public string Page(string path) => $"{Url.TrimEnd('/')}/{path}";
}
