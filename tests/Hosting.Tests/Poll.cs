using System.Diagnostics;

namespace Chat.Hosting.Tests;

/// <summary>Asks again until the answer is yes, within a limit that names what was awaited.</summary>
internal static class Poll
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task UntilAsync(string what, Func<Task<bool>> isTrue, TimeSpan? limit = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await isTrue())
        {
            if (clock.Elapsed > (limit ?? Patience))
                Assert.Fail($"Gave up waiting after {clock.Elapsed.TotalSeconds:0} s: {what}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public static Task UntilAsync(string what, Func<bool> isTrue, TimeSpan? limit = null) => UntilAsync(what, () => Task.FromResult(isTrue()), limit);

    /// <summary>Cancelled when the test is, or when it has waited long enough.</summary>
    public static CancellationToken Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        return limit.Token;
    }
}
