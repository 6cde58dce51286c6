using System.Text;
using Chat.ServiceDefaults;

namespace Chat.Identity.Administration;

/// <summary>Why an administrator does something: one line of 1 to 512 characters. In the body, or percent-encoded (UTF-8) in a header where there is no body.</summary>
internal static class AuditReason
{
    public const string Header = "X-Audit-Reason";

    /// <returns>The reason, or what is wrong with it.</returns>
    public static (string Reason, FieldError? Error) Parse(string? text, string field = "reason")
    {
        var reason = text?.Trim() ?? "";
        if (reason.Length == 0)
            return (reason, new FieldError(field, "required", "A reason is required."));
        if (reason.Length > AuditEntry.MaxReasonLength)
            return (reason, new FieldError(field, "too_long", $"At most {AuditEntry.MaxReasonLength} characters."));

        return reason.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || Rune.IsControl(rune))
            ? (reason, new FieldError(field, "invalid", "One line of text, without control characters."))
            : (reason, null);
    }

    public static (string Reason, FieldError? Error) FromHeader(HttpRequest request) => Parse(Uri.UnescapeDataString(request.Headers[Header].ToString()), Header);
}
