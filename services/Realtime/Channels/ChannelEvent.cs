using System.Diagnostics;
using System.Text.Json;
using Chat.Realtime.Sockets;

namespace Chat.Realtime.Channels;

/// <summary>One change of a channel, serialised once for everybody.</summary>
/// <param name="At">When it was committed, where known: the log's entries do not say.</param>
/// <param name="Trace">What brought it here.</param>
internal sealed record ChannelEvent(Guid Channel, string Type, long Rev, ReadOnlyMemory<byte> Frame, DateTimeOffset? At, ActivityContext Trace)
{
    private Skip? _skip;

    public static ChannelEvent From(Guid channel, string type, long rev, JsonElement data, DateTimeOffset? at = null) =>
        new(channel, type, rev, Frames.Change(type, channel, rev, data), at, Activity.Current?.Context ?? default);

    public static ChannelEvent From(Guid channel, LogEntry entry) => From(channel, entry.T, entry.Rev, entry.D);

    /// <summary>
    /// The frame for a client whose last revision was <paramref name="last"/>. Where that is not the one before, the frame says so: whatever happened in between is
    /// contained in later changes.
    /// </summary>
    public ReadOnlyMemory<byte> Following(long? last)
    {
        if (last is not { } after || after == Rev - 1)
            return Frame;
        // Nearly always the same for everybody.
        if (_skip is not { } skip || skip.After != after)
            _skip = skip = new Skip(after, Frames.After(Frame, after));
        return skip.Frame;
    }

    private sealed record Skip(long After, ReadOnlyMemory<byte> Frame);
}
