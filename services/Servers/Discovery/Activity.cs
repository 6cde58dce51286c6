namespace Chat.Servers.Discovery;

/// <summary>
/// How busy a server is, as one number that never needs an update for time that merely passes. What happened at a time t (seconds since 1970) counts exp(t / τ) for each
/// change; the number is the logarithm of the sum. Seen from any later moment every server's sum shrinks by the same factor, so the order stays as it is, and what is
/// one half-life older counts half. Kept as a logarithm it does not overflow: it is about 4,800 now and 11,000 in the year 2100.
/// </summary>
internal static class Activity
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromDays(3);

    private static readonly double Tau = HalfLife.TotalSeconds / Math.Log(2);

    /// <summary>Adds what happened.</summary>
    /// <param name="activity">What was there before; 0 when nothing was.</param>
    /// <param name="changes">How many changes, at least 1.</param>
    /// <param name="at">When.</param>
    public static double Add(double activity, long changes, DateTimeOffset at)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(changes, 1);
        var added = Math.Log(changes) + (at - DateTimeOffset.UnixEpoch).TotalSeconds / Tau;
        var (larger, smaller) = activity > added ? (activity, added) : (added, activity);
        return larger + Math.Log(1 + Math.Exp(smaller - larger));
    }

    /// <summary>How many changes made at that moment would be as much: what the number says to people and tests.</summary>
    public static double ChangesAt(double activity, DateTimeOffset moment) => Math.Exp(activity - (moment - DateTimeOffset.UnixEpoch).TotalSeconds / Tau);
}
