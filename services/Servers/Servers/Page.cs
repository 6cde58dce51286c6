using System.Buffers.Binary;
using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Servers.Servers;

/// <summary>A page of a list.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Query parameters of a paged list.</summary>
internal sealed record PageRequest(int? Limit, string? Cursor)
{
    private const int Default = 50;
    private const int Max = 100;

    public int Size => Limit ?? Default;

    public FieldError? Error => Limit is < 1 or > Max ? new FieldError("limit", "out_of_range", $"1 to {Max}.") : null;

    public static FieldError BadCursor { get; } = new("cursor", "invalid", "Not a cursor of this list.");
}

/// <summary>Cursors are the last item's key, in base64url so that nobody computes with them.</summary>
internal static class Cursor
{
    private const int GuidLength = 16;

    public static string Of(Guid key) => Base64Url.EncodeToString(key.ToByteArray(bigEndian: true));

    public static string Of(long key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, key);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>For keys of several parts, in a form that the list itself packs.</summary>
    public static string Of(ReadOnlySpan<byte> key) => Base64Url.EncodeToString(key);

    /// <summary>Reads a key of several parts.</summary>
    /// <returns>Whether the cursor is exactly as long as the key; false without one.</returns>
    public static bool TryRead(string? cursor, Span<byte> key) => TryDecode(cursor, key);

    public static string Of(long first, Guid second)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + GuidLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, first);
        second.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryRead(string? cursor, out Guid key)
    {
        Span<byte> bytes = stackalloc byte[GuidLength];
        var valid = TryDecode(cursor, bytes);
        key = valid ? new Guid(bytes, bigEndian: true) : Guid.Empty;
        return valid || cursor is null;
    }

    public static bool TryRead(string? cursor, out long key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        var valid = TryDecode(cursor, bytes);
        key = valid ? BinaryPrimitives.ReadInt64BigEndian(bytes) : 0;
        return valid || cursor is null;
    }

    public static bool TryRead(string? cursor, out (long First, Guid Second) key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + GuidLength];
        var valid = TryDecode(cursor, bytes);
        key = valid ? (BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[sizeof(long)..], bigEndian: true)) : default;
        return valid || cursor is null;
    }

    private static bool TryDecode(string? cursor, Span<byte> key) =>
        Base64Url.IsValid(cursor, out var length) && length == key.Length && Base64Url.TryDecodeFromChars(cursor, key, out _);
}
