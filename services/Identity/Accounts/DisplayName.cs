using System.Diagnostics.CodeAnalysis;

namespace Chat.Identity.Accounts;

/// <summary>The rule for display names: one line of <see cref="VisibleText"/>, 1 to 32 UTF-16 units.</summary>
internal static class DisplayName
{
    public const int MaxLength = 32;

    public static bool TryParse(string? text, [NotNullWhen(true)] out string? displayName) => VisibleText.TryParse(text, MaxLength, lines: false, out displayName);
}
