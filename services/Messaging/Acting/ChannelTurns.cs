namespace Chat.Messaging.Acting;

/// <summary>
/// Lets one act after another into a channel on this replica. Those that wait for its row wait here instead of with a connection each, of which a hot channel would otherwise take all there are.
/// </summary>
internal sealed class ChannelTurns
{
    /// <summary>Channels share turns by chance: so many are far more than there are connections.</summary>
    private const int Count = 1024;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the turn in a channel.</summary>
    /// <returns>To be disposed of when it is over; null when it did not come within the time.</returns>
    public async Task<IDisposable?> TakeAsync(Guid channel, TimeSpan patience, CancellationToken cancellationToken)
    {
        var turn = _turns[(uint)channel.GetHashCode() % Count];
        return await turn.WaitAsync(patience, cancellationToken) ? new Taken(turn) : null;
    }

    private sealed class Taken(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
