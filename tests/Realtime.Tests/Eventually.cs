using System.Diagnostics;

namespace Chat.Realtime.Tests;

/// <summary>Bounded waiting for what has no event to await.</summary>
internal static class Eventually
{
    /// <summary>Generous: tests share their machine. Promises of time are measured, not waited for.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Polls until <paramref name="condition"/> holds; fails naming <paramref name="what"/>.</summary>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > Limit)
                Assert.Fail($"Waited {Limit.TotalSeconds} s in vain: {what}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }

    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, () => Task.FromResult(condition()));
}
