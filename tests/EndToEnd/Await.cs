namespace Chat.EndToEnd.Tests;

internal static class Await
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls until <paramref name="condition"/> holds, and fails with <paramref name="what"/> when it does not in time.</summary>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var timer = new PeriodicTimer(Interval);
        var deadline = TimeProvider.System.GetUtcNow() + Limit;
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"Waited {Limit.TotalSeconds:0} s in vain for: {what}.");
            await timer.WaitForNextTickAsync(cancel);
        }
    }
}
