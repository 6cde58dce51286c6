using System.Globalization;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Whole numbers of a query string, with an error for the field instead of a bare 400.</summary>
internal static class QueryNumber
{
    /// <summary>Null when absent; null and an error when it is not a whole number from 0 to 2^63 - 1.</summary>
    public static long? Revision(string? text, string field, List<FieldError> errors)
    {
        if (text is null)
            return null;
        if (TryParse(text, out var value))
            return value;
        errors.Add(new FieldError(field, "invalid_number", "The value is not a whole number from 0 on."));
        return null;
    }

    /// <summary>How many items to answer: <paramref name="usual"/> when absent, an error when not from 1 to <paramref name="most"/>.</summary>
    public static int Limit(string? text, int usual, int most, List<FieldError> errors)
    {
        if (text is null)
            return usual;
        if (TryParse(text, out var value) && value >= 1 && value <= most)
            return (int)value;
        errors.Add(new FieldError("limit", "out_of_range", string.Create(CultureInfo.InvariantCulture, $"The limit is a whole number from 1 to {most}.")));
        return usual;
    }

    private static bool TryParse(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
