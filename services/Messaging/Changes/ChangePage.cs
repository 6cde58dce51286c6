using Chat.Messaging.Messages;

namespace Chat.Messaging.Changes;

/// <summary>What changed in a channel after a revision.</summary>
/// <param name="Items">Ascending by revision: each changed message once, in its present state.</param>
/// <param name="Rev">Ask after this one next: the last revision in <paramref name="Items"/> while there is more, else the channel's current one.</param>
/// <param name="More">Whether changes follow that this page had no room for.</param>
internal sealed record ChangePage(IReadOnlyList<Change> Items, long Rev, bool More);

/// <summary>A change in the shape of the socket's event frames.</summary>
/// <param name="T">The type of the event, see <see cref="ChangeType"/>.</param>
/// <param name="Rev">The channel's revision of the change.</param>
/// <param name="D">The message as it is now.</param>
internal sealed record Change(string T, long Rev, Message D);
