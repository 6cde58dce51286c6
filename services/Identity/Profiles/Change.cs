using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chat.Identity.Profiles;

/// <summary>A member of a merge patch (RFC 7396): absent, which leaves what is there; null, which clears it; or a value.</summary>
[JsonConverter(typeof(ChangeConverter))]
internal readonly record struct Change(bool IsAsked, string? Value);

internal sealed class ChangeConverter : JsonConverter<Change>
{
    public override bool HandleNull => true;

    public override Change Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => new Change(true, null),
        JsonTokenType.String => new Change(true, reader.GetString()),
        _ => throw new JsonException("A text or null."),
    };

    public override void Write(Utf8JsonWriter writer, Change value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
