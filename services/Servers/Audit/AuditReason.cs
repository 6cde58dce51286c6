using System.Diagnostics.CodeAnalysis;
using Chat.ServiceDefaults;

namespace Chat.Servers.Audit;

/// <summary>
/// The header <c>X-Audit-Reason</c> by which a client says why: up to 512 characters of text, percent-encoded UTF-8, as headers carry ASCII only.
/// </summary>
internal static class AuditReason
{
    public const string Header = "X-Audit-Reason";

    /// <summary>Reads it; null when it was not given.</summary>
    public static bool TryRead(HttpContext http, out string? reason, [NotNullWhen(false)] out FieldError? error)
    {
        var text = Uri.UnescapeDataString(http.Request.Headers[Header].ToString()).Trim();
        error = text switch
        {
            _ when text.Length > AuditEntry.MaxReasonLength => new FieldError(Header, "too_long", $"At most {AuditEntry.MaxReasonLength} characters."),
            _ when text.Any(character => char.IsControl(character) || character == '\uFFFD') || !IsWellFormed(text) =>
                new FieldError(Header, "invalid_characters", "Percent-encoded UTF-8 text without control characters."),
            _ => null,
        };
        reason = text.Length == 0 || error is not null ? null : text;
        return error is null;
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
