using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Chat.Servers.Servers;

namespace Chat.Servers.Discovery;

/// <summary>Where a page ended. In its text form it belongs to one search: that of another is none.</summary>
/// <param name="Key">What the sort goes by: score, members or activity.</param>
/// <param name="Members">Decides between equal scores.</param>
/// <param name="Id">Decides between the rest.</param>
internal sealed record DiscoveryCursor(double Key, int Members, Guid Id)
{
    private const int OfSearch = 8;
    private const int MembersAt = OfSearch + sizeof(double);
    private const int IdAt = MembersAt + sizeof(int);
    private const int Length = IdAt + 16;

    public static DiscoveryCursor? Read(string text, DiscoverySearch search)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return Cursor.TryRead(text, bytes) && bytes[..OfSearch].SequenceEqual(Fingerprint(search))
            ? new DiscoveryCursor(
                BinaryPrimitives.ReadDoubleBigEndian(bytes[OfSearch..]), BinaryPrimitives.ReadInt32BigEndian(bytes[MembersAt..]), new Guid(bytes[IdAt..], bigEndian: true))
            : null;
    }

    public string Of(DiscoverySearch search)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Fingerprint(search).CopyTo(bytes);
        BinaryPrimitives.WriteDoubleBigEndian(bytes[OfSearch..], Key);
        BinaryPrimitives.WriteInt32BigEndian(bytes[MembersAt..], Members);
        Id.TryWriteBytes(bytes[IdAt..], bigEndian: true, out _);
        return Cursor.Of(bytes);
    }

    /// <summary>Of everything but the size of the page, which may change on the way.</summary>
    private static ReadOnlySpan<byte> Fingerprint(DiscoverySearch search) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { search.Text, search.Category, search.Tags, search.Sort }))).AsSpan(0, OfSearch);
}
