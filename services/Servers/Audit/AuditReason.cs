using System.Diagnostics.CodeAnalysis;
using System.Text;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Audit;

/// <summary>
/// The header <c>X-Audit-Reason</c> by which a client says why: up to 512 characters of text, percent-encoded UTF-8, as headers carry ASCII only.
/// </summary>
internal static class AuditReason
{
    public const string Header = "X-Audit-Reason";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads it; null when it was not given.</summary>
    public static bool TryRead(HttpContext http, out string? reason, [NotNullWhen(false)] out FieldError? error)
    {
        reason = null;
        error = null;
        var given = http.Request.Headers[Header].ToString();
        if (given.Length == 0)
        {
            return true;
        }

        error = Decode(given) is { } decoded
            ? PlainText.Check(Header, decoded, 0, AuditEntry.MaxReasonLength, out reason)
            : new FieldError(Header, "invalid_characters", "Percent-encoded UTF-8 text without control characters.");
        reason = error is not null || reason is "" ? null : reason;
        return error is null;
    }

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
