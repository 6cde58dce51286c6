using System.Diagnostics;
using Xunit;

namespace Chat.Stores;

/// <summary>Bounded waiting for what has no event to await.</summary>
public static class Eventually
{
    /// <summary>How long is waited where nothing else is said. Generous: tests share their machine. Promises of time are measured, not waited for.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Polls until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within <see cref="Limit"/>; says what was waited for.</exception>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition) => HoldsAsync(what, Limit, condition);

    /// <inheritdoc cref="HoldsAsync(string, Func{Task{bool}})"/>
    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, Limit, () => Task.FromResult(condition()));

    /// <summary>Polls until there is something.</summary>
    /// <exception cref="TimeoutException">There was nothing within <see cref="Limit"/>; says what was waited for.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe)
        where T : class
    {
        T? found = null;
        await HoldsAsync(what, async () => (found = await probe()) is not null);
        return found ?? throw new InvalidOperationException("It was there a moment ago.");
    }

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
