namespace Chat.Gateway.Tests;

/// <summary>Bounded polls.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until there is something, and fails by the name of what it waited for.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe) where T : class
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        using var timer = new PeriodicTimer(Interval);
        do
        {
            if (await probe() is { } found)
            {
                return found;
            }
        }
        while (!timeout.IsCancellationRequested && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken));

        throw new TimeoutException($"Waited {Patience} for {what}.");
    }

    public static Task TrueAsync(string what, Func<Task<bool>> probe) => GetAsync(what, async () => await probe() ? what : null);
}
