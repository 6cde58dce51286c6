using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using Chat.Presence.People;
using Chat.ServiceDefaults;

namespace Chat.Presence.Paging;

/// <summary>A page of a list.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Query parameters of a paged list, the newest first: <c>limit</c> from 1 to 100, 50 unless given, and the <c>cursor</c> of a page before.</summary>
internal sealed record PageRequest(string? Limit, string? Cursor)
{
    private const int Usual = 50;
    private const int Most = 100;

    /// <summary>What is to be read.</summary>
    /// <param name="size">How many items a page has at most.</param>
    /// <param name="before">Only what has a lower revision.</param>
    /// <returns>What is wrong with the parameters.</returns>
    public List<FieldError> Check(out int size, out long before)
    {
        var errors = new List<FieldError>();
        size = Usual;
        if (Limit is not null && (!int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > Most))
            errors.Add(new FieldError("limit", "out_of_range", $"A whole number from 1 to {Most}."));
        before = long.MaxValue;
        if (Cursor is not null && !TryRead(Cursor, out before))
            errors.Add(new FieldError("cursor", "invalid", "Not a cursor of this list."));
        return errors;
    }

    /// <summary>The page of a list that was read with one row too many.</summary>
    public static Page<RelationResponse> Cut(IReadOnlyList<ListedRelation> rows, int size, string state) =>
        new([.. rows.Take(size).Select(row => row.As(state))], rows.Count > size ? Write(rows[size - 1].Rev) : null);

    // In base64url, so that nobody computes with it.
    private static string Write(long rev)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, rev);
        return Base64Url.EncodeToString(bytes);
    }

    private static bool TryRead(string cursor, out long rev)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        var valid = Base64Url.IsValid(cursor, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(cursor, bytes, out _);
        rev = valid ? BinaryPrimitives.ReadInt64BigEndian(bytes) : 0;
        return valid;
    }
}
