using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Chat.Messaging.Writing;

/// <summary>Identifiers of messages: UUIDv7 (RFC 9562) whose 12 bits after the time count the messages of one group.</summary>
internal static class MessageId
{
    /// <summary>Identifiers that one millisecond of one channel has room for.</summary>
    public const int MaxPerMillisecond = 1 << 12;

    /// <summary>An identifier greater than every other of an earlier time, or of the same time and a smaller <paramref name="place"/>.</summary>
    /// <param name="at">Its time; counts in whole milliseconds.</param>
    /// <param name="place">0 to <see cref="MaxPerMillisecond"/> - 1.</param>
    public static Guid Create(DateTimeOffset at, int place)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[8..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | place));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The smallest identifier of a time.</summary>
    public static Guid First(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
