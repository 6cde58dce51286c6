namespace Chat.Identity.OAuth;

/// <summary>By what scanners know codes, refresh tokens and client secrets; each is a <see cref="Tokens.RandomSecret"/>.</summary>
internal static class OAuthSecret
{
    public const string CodePrefix = "chat_ac_";
    public const string RefreshTokenPrefix = "chat_rt_";
    public const string ClientSecretPrefix = "chat_cs_";
}
