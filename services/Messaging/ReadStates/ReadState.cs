namespace Chat.Messaging.ReadStates;

/// <summary>How far somebody has read in a channel, and what waits there for them.</summary>
/// <param name="Server">Absent in a conversation.</param>
/// <param name="ReadSeq">The place of the last message that is read; 0: none is.</param>
/// <param name="LastSeq">The place of the channel's last message; 0: nothing was said.</param>
/// <param name="Rev">Rises with each change of the mark or the muting. It does not rise when others write: the counts follow from the channel's events then.</param>
/// <param name="Unread">Messages of others after the mark, without deleted ones and without what the system says.</param>
/// <param name="Mentions">Those messages of others after the mark that mention the reader, a role that they hold now, or everybody.</param>
/// <param name="MutedUntil">No badge until then, <see cref="Forever"/> at the latest; absent: it is not muted.</param>
internal sealed record ReadState(Guid Channel, Guid? Server, long ReadSeq, long LastSeq, long Rev, long Unread, long Mentions, DateTimeOffset? MutedUntil = null)
{
    /// <summary>Stands for a muting without an end.</summary>
    public static DateTimeOffset Forever { get; } = new(9999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero);
}

/// <summary>A page of read states.</summary>
/// <param name="Items">In the order of the channels' ids.</param>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record ReadStatePage(IReadOnlyList<ReadState> Items, string? Next);
