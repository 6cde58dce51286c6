using System.Buffers.Text;

namespace Chat.Servers.Access;

/// <summary>The place of an item in a preview: by user, there first the server, then the channels by id.</summary>
internal readonly record struct PreviewKey(Guid User, Guid Channel)
{
    private const int GuidLength = 16;

    public static PreviewKey Of(PreviewItem item) => new(item.User, item.Channel ?? Guid.Empty);

    /// <summary>Behind everything about a user.</summary>
    public static PreviewKey AllOf(Guid user) => new(user, Guid.AllBitsSet);

    /// <summary>Whether an item of a user who is not before this one is not behind this place.</summary>
    public bool Covers(PreviewItem item) => item.User == User && Of(item).Channel.CompareTo(Channel) <= 0;

    public string Encode() => Base64Url.EncodeToString([.. User.ToByteArray(bigEndian: true), .. Channel.ToByteArray(bigEndian: true)]);

    /// <returns>False when the cursor is not of this form; none is the beginning.</returns>
    public static bool TryRead(string? cursor, out PreviewKey key)
    {
        key = default;
        Span<byte> bytes = stackalloc byte[2 * GuidLength];
        if (cursor is null)
        {
            return true;
        }

        if (!Base64Url.IsValid(cursor, out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(cursor, bytes, out _))
        {
            return false;
        }

        key = new PreviewKey(new Guid(bytes[..GuidLength], bigEndian: true), new Guid(bytes[GuidLength..], bigEndian: true));
        return true;
    }
}
