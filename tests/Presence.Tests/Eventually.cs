using System.Diagnostics;

namespace Chat.Presence.Tests;

/// <summary>Bounded waiting for what has no event to await.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Polls until <paramref name="condition"/> holds; fails naming <paramref name="what"/> after <paramref name="limit"/>.</summary>
    public static async Task HoldsAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > limit)
                Assert.Fail($"Waited {limit.TotalSeconds} s in vain: {what}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
