namespace Chat.Load.MessagePath;

/// <summary>
/// The history of one channel as it would have come about: revisions from 1 on without a gap, each a message or the deletion of an earlier one. A deleted message has the revision of its
/// deletion, so that the change log has every revision but those whose message changed later.
/// </summary>
internal sealed class SeededChannel
{
    private const int DeletionOnceIn = 50;

    private readonly long[] _seqs;
    private readonly long[] _revs;
    private readonly DateTimeOffset[] _deleted;

    /// <param name="messages">How many messages, the deleted ones included.</param>
    public SeededChannel(Guid id, int messages, SeedText random, DateTimeOffset first, DateTimeOffset last)
    {
        Id = id;
        (_seqs, _revs, _deleted) = (new long[messages], new long[messages], new DateTimeOffset[messages]);
        Times = new DateTimeOffset[messages];
        var step = Math.Max(1, (long)((last - first).TotalMilliseconds / messages));
        var at = first.ToUnixTimeMilliseconds();
        for (var count = 0; count < messages;)
        {
            Rev++;
            at += 1 + (long)(random.Next(1000) / 500.0 * (step - 1));
            if (count > 0 && random.Once(DeletionOnceIn) && count - 1 - random.Next(Math.Min(count, 1000)) is var victim && _revs[victim] == _seqs[victim])
            {
                _revs[victim] = Rev;
                _deleted[victim] = DateTimeOffset.FromUnixTimeMilliseconds(at);
                continue;
            }

            _seqs[count] = _revs[count] = Rev;
            Times[count++] = DateTimeOffset.FromUnixTimeMilliseconds(at);
        }
    }

    public Guid Id { get; }

    /// <summary>The channel's last revision.</summary>
    public long Rev { get; }

    public int Count => _seqs.Length;

    public DateTimeOffset[] Times { get; }

    public long Seq(int message) => _seqs[message];

    public long RevOf(int message) => _revs[message];

    /// <summary>Null: it is not deleted.</summary>
    public DateTimeOffset? DeletedAt(int message) => _deleted[message] == default ? null : _deleted[message];
}
