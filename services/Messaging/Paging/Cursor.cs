using System.Buffers.Binary;
using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Cursors of lists: which list, and the last item's key, in base64url so that nobody computes with them.</summary>
internal static class Cursor
{
    /// <summary>How many bytes an id takes in a key.</summary>
    public const int IdLength = 16;

    /// <summary>The longest key there is.</summary>
    private const int MaxLength = sizeof(long) + IdLength;

    /// <summary>Of a list in the order of ids.</summary>
    public static string Of(ListKind list, Guid id) => Of(list, id.ToByteArray(bigEndian: true));

    /// <summary>Of a list in the order of numbers.</summary>
    public static string Of(ListKind list, long number)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return Of(list, key);
    }

    public static string Of(ListKind list, ReadOnlySpan<byte> key) => Base64Url.EncodeToString([(byte)list, .. key]);

    /// <summary>Null without a cursor; null and an error when it is none of this list.</summary>
    public static Guid? Id(ListKind list, string? cursor, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[IdLength];
        return Read(list, cursor, key, errors) ? new Guid(key, bigEndian: true) : null;
    }

    /// <inheritdoc cref="Id"/>
    public static long? Number(ListKind list, string? cursor, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[sizeof(long)];
        return Read(list, cursor, key, errors) ? BinaryPrimitives.ReadInt64BigEndian(key) : null;
    }

    /// <summary>Reads a key of this length. False without a cursor; false and an error when it has no such key, or is of another list.</summary>
    public static bool Read(ListKind list, string? cursor, Span<byte> key, List<FieldError> errors)
    {
        if (cursor is null)
            return false;
        Span<byte> whole = stackalloc byte[1 + MaxLength];
        if (Base64Url.IsValid(cursor, out var length) && length == 1 + key.Length && Base64Url.TryDecodeFromChars(cursor, whole, out _) && whole[0] == (byte)list)
        {
            whole.Slice(1, key.Length).CopyTo(key);
            return true;
        }

        errors.Add(Invalid);
        return false;
    }

    /// <summary>What is said of a cursor that is none of the list.</summary>
    public static FieldError Invalid { get; } = new("cursor", "invalid", "The cursor is not one that this list gave.");
}
