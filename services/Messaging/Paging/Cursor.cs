using System.Buffers.Binary;
using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Cursors of lists: the last item's key, in base64url so that nobody computes with them.</summary>
internal static class Cursor
{
    /// <summary>How many bytes an id takes in a key.</summary>
    public const int IdLength = 16;

    /// <summary>Of a list in the order of ids.</summary>
    public static string Of(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    /// <summary>Of a list in the order of numbers.</summary>
    public static string Of(long number)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return Base64Url.EncodeToString(key);
    }

    /// <summary>Null without a cursor; null and an error when it is none of a list like this one.</summary>
    public static Guid? Id(string? cursor, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[IdLength];
        return Read(cursor, key, errors) ? new Guid(key, bigEndian: true) : null;
    }

    /// <inheritdoc cref="Id"/>
    public static long? Number(string? cursor, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        return Read(cursor, key, errors) ? BinaryPrimitives.ReadInt64BigEndian(key) : null;
    }

    /// <summary>Reads a key of this length. False without a cursor; false and an error when it has no such key.</summary>
    public static bool Read(string? cursor, Span<byte> key, List<FieldError> errors)
    {
        if (cursor is null)
            return false;
        if (Base64Url.IsValid(cursor, out var length) && length == key.Length && Base64Url.TryDecodeFromChars(cursor, key, out _))
            return true;
        errors.Add(Invalid);
        return false;
    }

    /// <summary>What is said of a cursor that is none of the list.</summary>
    public static FieldError Invalid { get; } = new("cursor", "invalid", "The cursor is not one that this list gave.");
}
