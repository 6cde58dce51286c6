using System.Buffers.Binary;

namespace Chat.Servers.Audit;

/// <summary>Times as bounds of ids: a UUIDv7 begins with the milliseconds of its time.</summary>
internal static class AuditTime
{
    private const int TimeLength = 6;

    /// <summary>The least id of that millisecond.</summary>
    public static Guid FirstIdOf(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        // Nothing was logged before 1970.
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, Math.Max(0, time.ToUnixTimeMilliseconds()));
        milliseconds[(sizeof(long) - TimeLength)..].CopyTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }
}
