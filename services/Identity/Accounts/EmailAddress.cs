using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Chat.ServiceDefaults;

namespace Chat.Identity.Accounts;

/// <summary>
/// The rule for e-mail addresses: the dot-atom form of RFC 5321 in ASCII, with a domain of at least two labels
/// (an international domain in its xn-- form). Quoted local parts and address literals are refused.
/// </summary>
internal static class EmailAddress
{
    public const int MaxLength = 254;

    private const int MaxLocalLength = 64;
    private const int MaxLabelLength = 63;

    private static readonly SearchValues<char> LocalCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~");

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    public static bool TryParse(string? text, [NotNullWhen(true)] out string? address)
    {
        address = null;
        if (text is null || text.Length > MaxLength)
            return false;

        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || !IsLocalPart(text.AsSpan(0, at)) || !IsDomain(text.AsSpan(at + 1)))
            return false;

        address = text;
        return true;
    }

    /// <summary>What is wrong with a text that is no address.</summary>
    public static FieldError Error(string? text) => string.IsNullOrEmpty(text)
        ? new FieldError("email", "required", "An e-mail address is required.")
        : new FieldError("email", "invalid", "This is not an e-mail address.");

    /// <summary>What stands before the @ of an address.</summary>
    public static string LocalPart(string address) => address[..address.IndexOf('@', StringComparison.Ordinal)];

    private static bool IsLocalPart(ReadOnlySpan<char> local) =>
        local.Length is > 0 and <= MaxLocalLength
        && !local.ContainsAnyExcept(LocalCharacters)
        && local[0] != '.' && local[^1] != '.'
        && !local.Contains("..", StringComparison.Ordinal);

    private static bool IsDomain(ReadOnlySpan<char> domain)
    {
        var labels = 0;
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is 0 or > MaxLabelLength || label.ContainsAnyExcept(LabelCharacters) || label[0] == '-' || label[^1] == '-')
                return false;
            labels++;
        }

        return labels >= 2;
    }
}
