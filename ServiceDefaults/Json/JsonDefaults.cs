using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chat.ServiceDefaults.Json;

/// <summary>How JSON is read and written on every route, event and socket frame.</summary>
public static class JsonDefaults
{
    /// <summary>Shared read-only options with the rules of <see cref="Apply"/>.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>
    /// camelCase, times as UTC with milliseconds and <c>Z</c>, nullability and required members enforced, no duplicate properties, depth 32 at most,
    /// numbers only as numbers. Unknown properties are ignored, so that clients may be newer than the service.
    /// </summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = 32;
        options.Converters.Add(new UtcMillisecondsConverter());
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
