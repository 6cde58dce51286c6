namespace Chat.Messaging.Messages;

/// <summary>A stretch of a channel's history.</summary>
/// <param name="Items">Ascending by <c>seq</c>.</param>
/// <param name="HasBefore">Whether older messages exist than the first item, or than the cursor when there are no items.</param>
/// <param name="HasAfter">Whether newer messages exist than the last item, or than the cursor when there are no items.</param>
internal sealed record HistoryPage(IReadOnlyList<Message> Items, bool HasBefore, bool HasAfter);

/// <summary>Which stretch: the newest messages without a cursor, else those next to one <c>seq</c>.</summary>
internal readonly record struct HistoryCursor(HistoryDirection Direction, long Seq);

internal enum HistoryDirection
{
    Newest,
    Before,
    After,
    Around,
}
