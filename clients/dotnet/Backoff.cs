using System.Security.Cryptography;

namespace Chat.Client;

/// <summary>Exponential back-off with full jitter: many clients that lost the same server do not return at the same moment.</summary>
internal static class Backoff
{
    public static TimeSpan Next(int attempt, TimeSpan first, TimeSpan most)
    {
        var ceiling = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 16)));
        return TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)ceiling + 1));
    }
}
