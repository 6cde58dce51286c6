namespace Chat.Identity.Limits;

/// <summary>An attempt that was counted.</summary>
internal sealed class Attempt(Attempts attempts, IReadOnlyCollection<(AttemptLimit Limit, string Key)> counted)
{
    /// <summary>It was right, or not made at all.</summary>
    public async Task TakeBackAsync()
    {
        foreach (var (limit, key) in counted)
            await attempts.TakeBackAsync(limit, key);
    }
}
