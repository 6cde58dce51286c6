namespace Chat.Servers.Tests;

/// <summary>Bounded polls.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until it is so, and fails by the name of what it waited for.</summary>
    public static async Task TrueAsync(string what, Func<Task<bool>> probe)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        using var timer = new PeriodicTimer(Interval);
        do
        {
            if (await probe())
            {
                return;
            }
        }
        while (!timeout.IsCancellationRequested && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken));

        throw new TimeoutException($"Waited {Patience} for {what}.");
    }
}
