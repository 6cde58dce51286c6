using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chat.ServiceDefaults.Json;

/// <summary>
/// A member of a request that changes something: absent (leave it), null (clear it, where <typeparamref name="T"/> is nullable) or a value.
/// As a parameter with the value <c>default</c> it is absent. A value of the wrong type is a malformed request.
/// </summary>
/// <typeparam name="T">The member's type; nullable where it can be cleared.</typeparam>
[JsonConverter(typeof(OptionalConverter))]
public readonly record struct Optional<T>
{
    private readonly T? _value;

    /// <summary>A member that is there.</summary>
    public Optional(T value) => (IsSet, _value) = (true, value);

    /// <summary>Whether the member was there.</summary>
    public bool IsSet { get; }

    /// <summary>What it holds, or <paramref name="otherwise"/> when it was absent.</summary>
    public T Or(T otherwise) => IsSet ? _value! : otherwise;

    /// <summary>Whether it was there, and its value.</summary>
    public bool TryGet(out T value)
    {
        value = _value!;
        return IsSet;
    }
}

/// <summary>Reads and writes <see cref="Optional{T}"/>; one that is absent is written as an empty list, which only a fingerprint of the request sees.</summary>
public sealed class OptionalConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)(Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments())) ?? throw new InvalidOperationException("No converter."));

    private sealed class Converter<T> : JsonConverter<Optional<T>>
    {
        private static readonly bool IsNullable = default(T) is null && (typeof(T).IsClass || Nullable.GetUnderlyingType(typeof(T)) is not null);

        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return IsNullable ? new Optional<T>(default!) : throw new JsonException("Null where a value is needed.");
            }

            return new Optional<T>(JsonSerializer.Deserialize<T>(ref reader, options)!);
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options)
        {
            if (!value.TryGet(out var inner))
            {
                // Not null, which clears: with the same idempotency key these are two requests.
                writer.WriteStartArray();
                writer.WriteEndArray();
                return;
            }

            JsonSerializer.Serialize(writer, inner, options);
        }
    }
}
