using System.Diagnostics;
using System.Text.Json;
using Chat.Realtime.Sockets;

namespace Chat.Realtime.Channels;

/// <summary>One change of a channel, serialised once for everybody.</summary>
/// <param name="At">When it was committed, where known: the log's entries do not say.</param>
/// <param name="Trace">What brought it here.</param>
internal sealed record ChannelEvent(Guid Channel, string Type, long Rev, ReadOnlyMemory<byte> Frame, DateTimeOffset? At, ActivityContext Trace)
{
    public static ChannelEvent From(Guid channel, string type, long rev, JsonElement data, DateTimeOffset? at = null) =>
        new(channel, type, rev, Frames.Change(type, channel, rev, data), at, Activity.Current?.Context ?? default);
}
