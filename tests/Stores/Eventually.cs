using System.Diagnostics;
using Xunit;

namespace Chat.Stores;

/// <summary>Bounded waiting for what has no event to await.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Polls until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within <paramref name="limit"/>; says what was waited for.</exception>
    public static async Task HoldsAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > limit)
                throw new TimeoutException($"Waited {limit.TotalSeconds} s in vain: {what}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
