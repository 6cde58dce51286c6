namespace Chat.Gateway.Sessions;

/// <summary>What identity gives for a live session cookie.</summary>
/// <param name="AccessToken">The signed token that services accept.</param>
/// <param name="ExpiresAt">When services stop accepting it.</param>
/// <param name="Session">The session behind the cookie.</param>
internal sealed record SessionToken(string AccessToken, DateTimeOffset ExpiresAt, Guid Session);
