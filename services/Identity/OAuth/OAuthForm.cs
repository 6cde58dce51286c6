using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Chat.Identity.OAuth;

/// <summary>The parameters of a request to the token endpoint: each once (RFC 6749, 3.2), empty ones are as good as absent (3.1).</summary>
internal sealed class OAuthForm
{
    private const string MediaType = "application/x-www-form-urlencoded";

    private static readonly FormOptions Bounds = new() { ValueCountLimit = 32, KeyLengthLimit = 128, ValueLengthLimit = 4096 };

    private readonly Dictionary<string, string> _values;

    private OAuthForm(Dictionary<string, string> values) => _values = values;

    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Null when the body is no such form, is larger than any sound one, or names a parameter twice.</summary>
    public static async Task<OAuthForm?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
            return null;

        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(Bounds, cancellation);
        }
        catch (InvalidDataException)
        {
            return null;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in form)
        {
            if (value is not [{ } single])
                return null;
            if (single.Length > 0)
                values[name] = single;
        }

        return new OAuthForm(values);
    }
}
