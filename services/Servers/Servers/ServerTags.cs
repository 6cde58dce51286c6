using System.Globalization;
using System.Text;
using Chat.ServiceDefaults;

namespace Chat.Servers.Servers;

/// <summary>The tags by which public servers are found: up to ten words or short phrases of letters, digits, hyphens and single spaces, in lower case.</summary>
internal static class ServerTags
{
    /// <summary>Checks a list of tags.</summary>
    /// <param name="input">As given.</param>
    /// <param name="tags">In the order given, without doubles.</param>
    /// <returns>What is wrong, by element.</returns>
    public static IReadOnlyList<FieldError> Check(IReadOnlyList<string?> input, out string[] tags)
    {
        var errors = new List<FieldError>();
        var found = new List<string>();
        for (var index = 0; index < input.Count; index++)
        {
            if (Check($"tags[{index}]", input[index], out var tag) is { } error)
            {
                errors.Add(error);
            }
            else if (!found.Contains(tag))
            {
                found.Add(tag);
            }

            // Also bounds the work, whatever else is wrong.
            if (found.Count + errors.Count > Server.MaxTags)
            {
                tags = [];
                return found.Count > Server.MaxTags ? [new FieldError("tags", "too_many", $"At most {Server.MaxTags} tags.")] : errors;
            }
        }

        tags = [.. found];
        return errors;
    }

    /// <summary>Checks one tag, as servers have it and as discovery looks for it.</summary>
    public static FieldError? Check(string field, string? input, out string tag)
    {
        var error = PlainText.Check(field, input, 1, Server.MaxTagLength, out var text);
        tag = error is null ? string.Join(' ', text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)) : "";
        return error ?? (tag.EnumerateRunes().All(IsAllowed) ? null : new FieldError(field, "invalid_characters", "Letters, digits, hyphens and spaces."));
    }

    // Marks belong to the letters of many scripts.
    private static bool IsAllowed(Rune rune) => rune.Value is ' ' or '-' || Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
