using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Cursors are the last item's key, in base64url so that nobody computes with them.</summary>
internal static class Cursor
{
    private const int GuidLength = 16;

    public static string Of(Guid key) => Base64Url.EncodeToString(key.ToByteArray(bigEndian: true));

    /// <summary>Null without a cursor; null and an error when it is none of these.</summary>
    public static Guid? Guid(string? cursor, List<FieldError> errors)
    {
        if (cursor is null)
            return null;
        Span<byte> bytes = stackalloc byte[GuidLength];
        if (Base64Url.IsValid(cursor, out var length) && length == GuidLength && Base64Url.TryDecodeFromChars(cursor, bytes, out _))
            return new Guid(bytes, bigEndian: true);
        errors.Add(new FieldError("cursor", "invalid", "Not a cursor of this list."));
        return null;
    }
}
