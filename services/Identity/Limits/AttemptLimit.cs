namespace Chat.Identity.Limits;

/// <summary>How often something may be tried within a window that begins with the first try.</summary>
/// <param name="Name">Part of the key in Redis.</param>
internal sealed record AttemptLimit(string Name, int Allowed, TimeSpan Window);
