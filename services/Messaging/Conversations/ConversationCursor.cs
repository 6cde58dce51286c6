using System.Buffers.Binary;
using System.Buffers.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Conversations;

/// <summary>A place in a list of conversations: the last one before it. In base64url, so that nobody computes with it.</summary>
internal readonly record struct ConversationCursor(DateTimeOffset ActiveAt, Guid Id)
{
    private const int Length = sizeof(long) + 16;

    /// <summary>Before the first.</summary>
    public static ConversationCursor Start { get; } = new(DateTimeOffset.MaxValue, Guid.AllBitsSet);

    /// <summary>Reads what a client sent back; an error when it is not what it was given.</summary>
    public static ConversationCursor Read(string? text, List<FieldError> errors)
    {
        if (text is null)
            return Start;
        Span<byte> bytes = stackalloc byte[Length];
        if (Base64Url.IsValid(text, out var length) && length == Length && Base64Url.TryDecodeFromChars(text, bytes, out _)
            && BinaryPrimitives.ReadInt64BigEndian(bytes) is var ticks && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks)
            return new ConversationCursor(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..], bigEndian: true));
        errors.Add(new FieldError("cursor", "invalid", "Not a cursor of this list."));
        return Start;
    }

    public string Write()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, ActiveAt.UtcTicks);
        Id.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
