namespace Chat.Gateway.Sessions;

/// <summary>What identity gives for the cookie or personal access token of a live session.</summary>
/// <param name="AccessToken">The signed token that services accept.</param>
/// <param name="ExpiresAt">When services stop accepting it.</param>
/// <param name="Session">The session behind it.</param>
internal sealed record SessionToken(string AccessToken, DateTimeOffset ExpiresAt, Guid Session);
