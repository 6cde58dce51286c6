using System.Buffers.Binary;
using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Cursors of lists: the last item's key, in base64url so that nobody computes with them.</summary>
internal static class PageCursor
{
    public static string Of(long key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, key);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null without a cursor; null and an error when it is none of <see cref="Of"/>.</summary>
    public static long? Read(string? cursor, List<FieldError> errors)
    {
        if (cursor is null)
            return null;
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        if (Base64Url.IsValid(cursor, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(cursor, bytes, out _))
            return BinaryPrimitives.ReadInt64BigEndian(bytes);
        errors.Add(new FieldError("cursor", "invalid_cursor", "The cursor is none of this list."));
        return null;
    }
}
