using System.Text;
using Microsoft.AspNetCore.Http;

namespace Chat.ServiceDefaults;

/// <summary>
/// The header <c>X-Audit-Reason</c> by which a client says why, for a server's audit log: up to 512 characters of text, percent-encoded UTF-8, as headers carry ASCII only.
/// A handler that takes it as a parameter gets what the request has.
/// </summary>
/// <param name="Text">What was given; null: nothing, or nothing that can be read.</param>
/// <param name="Error">What is wrong with it; null: nothing.</param>
public readonly record struct AuditReason(string? Text, FieldError? Error)
{
    /// <summary>The header's name.</summary>
    public const string Header = "X-Audit-Reason";

    /// <summary>In characters (Unicode scalar values).</summary>
    public const int MaxLength = 512;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads it from a request.</summary>
    public static AuditReason Read(HttpContext http)
    {
        var given = http.Request.Headers[Header].ToString();
        if (given.Length == 0)
        {
            return default;
        }

        if (Decode(given) is not { } decoded)
        {
            return new AuditReason(null, new FieldError(Header, "invalid_characters", "Percent-encoded UTF-8 text without control characters."));
        }

        var error = PlainText.Check(Header, decoded, 0, MaxLength, out var text);
        return new AuditReason(error is not null || text.Length == 0 ? null : text, error);
    }

    /// <summary>What a handler's parameter is made of.</summary>
    public static ValueTask<AuditReason> BindAsync(HttpContext context) => new(Read(context));

    /// <summary>Null when it is not ASCII, or what is percent-encoded in it is not UTF-8. A per cent sign that encodes nothing stands for itself.</summary>
    private static string? Decode(string given)
    {
        var bytes = new byte[given.Length];
        var length = 0;
        for (var index = 0; index < given.Length; index++)
        {
            if (!char.IsAscii(given[index]))
            {
                return null;
            }

            if (given[index] == '%' && index + 2 < given.Length && char.IsAsciiHexDigit(given[index + 1]) && char.IsAsciiHexDigit(given[index + 2]))
            {
                bytes[length++] = Convert.FromHexString(given.AsSpan(index + 1, 2))[0];
                index += 2;
            }
            else
            {
                bytes[length++] = (byte)given[index];
            }
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
