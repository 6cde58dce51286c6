namespace Chat.Messaging.Threads;

/// <summary>A thread as its reader sees it.</summary>
/// <param name="Id">The thread is a channel with this id.</param>
/// <param name="Channel">The channel it hangs in.</param>
/// <param name="Message">The message it hangs under.</param>
/// <param name="ArchiveAfter">Seconds without a message after which it rests.</param>
/// <param name="LastAt">When somebody last said something in it; when it was opened, as long as nobody has.</param>
/// <param name="Messages">How many messages people sent in it, without deleted ones.</param>
/// <param name="Me">Whether the reader follows it.</param>
/// <param name="ArchivedAt">Since when it rests; absent: it does not.</param>
/// <param name="Locked">True when only those who manage threads may write in it; absent otherwise.</param>
internal sealed record ThreadView(
    Guid Id,
    Guid Channel,
    Guid Message,
    string Name,
    Guid Creator,
    int ArchiveAfter,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastAt,
    long Messages,
    bool Me,
    DateTimeOffset? ArchivedAt = null,
    bool? Locked = null);

/// <summary>Some threads of a channel, those in which something was said last first.</summary>
/// <param name="Next">The cursor of the next page; absent: there is none.</param>
internal sealed record ThreadPage(IReadOnlyList<ThreadView> Items, string? Next = null);
