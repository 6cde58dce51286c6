using System.Buffers.Binary;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>The place after an item in a list that is ordered by a time and an id: microseconds since the epoch and the id, as a <see cref="Cursor"/>.</summary>
internal readonly record struct TimeCursor(DateTimeOffset At, Guid Id)
{
    private const int Length = sizeof(long) + Cursor.IdLength;

    private static readonly long LastMicrosecond = Microseconds(DateTimeOffset.MaxValue);

    /// <summary>Before everything, where the newest comes first.</summary>
    public static TimeCursor End { get; } = new(DateTimeOffset.MaxValue, Guid.AllBitsSet);

    /// <summary>Before everything, where the oldest comes first.</summary>
    public static TimeCursor Beginning { get; } = new(DateTimeOffset.UnixEpoch, Guid.Empty);

    /// <summary>As a cursor of a list.</summary>
    public string Of(ListKind list)
    {
        Span<byte> key = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(key, Microseconds(At));
        Id.TryWriteBytes(key[sizeof(long)..], bigEndian: true, out _);
        return Cursor.Of(list, key);
    }

    /// <summary><paramref name="otherwise"/> when absent, and with an error when it is none of this list.</summary>
    public static TimeCursor Read(ListKind list, string? cursor, TimeCursor otherwise, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[Length];
        if (!Cursor.Read(list, cursor, key, errors))
            return otherwise;
        var microseconds = BinaryPrimitives.ReadInt64BigEndian(key);
        if (microseconds >= 0 && microseconds <= LastMicrosecond)
            return new TimeCursor(DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), new Guid(key[sizeof(long)..], bigEndian: true));
        errors.Add(Cursor.Invalid);
        return otherwise;
    }

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
