using System.Diagnostics;

namespace Chat.Hosting.Tests.Processes;

/// <summary>Bounded waiting for something that has no event of its own.</summary>
internal static class Eventually
{
    public static Task TrueAsync(string what, TimeSpan timeout, Func<bool> condition) => TrueAsync(what, timeout, () => Task.FromResult(condition()));

    public static async Task TrueAsync(string what, TimeSpan timeout, Func<Task<bool>> condition)
    {
        var elapsed = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(elapsed.Elapsed < timeout, $"waited {timeout.TotalSeconds} s in vain: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
