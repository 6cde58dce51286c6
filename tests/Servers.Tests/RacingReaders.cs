namespace Chat.Servers.Tests;

/// <summary>Fifty readers that ask all the while something happens: of those that begin after its answer none may see what was lost.</summary>
internal static class RacingReaders
{
    private const int Readers = 50;
    private const int Late = 5;

    /// <summary>Ends when each reader has asked five times after the answer.</summary>
    /// <param name="what">What no late reader may do: part of the sentence that a failure says.</param>
    /// <param name="sees">Asks as the reader of this number.</param>
    /// <param name="act">What takes the right; has been answered when it returns.</param>
    public static async Task RaceAsync(string what, Func<int, Task<bool>> sees, Func<Task> act)
    {
        var answered = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var readers = Task.WhenAll(Enumerable.Range(0, Readers).Select(ReadAsync).ToList());
        try
        {
            await act();
            Volatile.Write(ref answered, 1);
            await readers.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }
        finally
        {
            // Where the act failed they would ask for ever, beside all tests that follow.
            await stop.CancelAsync();
            await readers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Null: it could not be told on a machine that stands still, which shows nobody anything. It is asked again.
        async Task<bool?> AskAsync(int index)
        {
            try
            {
                return await sees(index);
            }
            catch (ServiceDefaults.ServiceUnavailableException)
            {
                return null;
            }
        }

        async Task ReadAsync(int index)
        {
            for (var late = 0; late < Late && !stop.IsCancellationRequested;)
            {
                var wasAnswered = Volatile.Read(ref answered) == 1;
                if (await AskAsync(index) is not { } seen)
                    continue;
                Assert.False(wasAnswered && seen, $"A reader that asked after the answer {what}.");
                late += wasAnswered ? 1 : 0;
            }
        }
    }
}
