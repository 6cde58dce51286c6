using Chat.ServiceDefaults;

namespace Chat.Messaging.Paging;

/// <summary>Ids of a query string, with an error for the field instead of a bare 400.</summary>
internal static class QueryId
{
    /// <summary>Null when absent; null and an error when it is not a UUID.</summary>
    public static Guid? Read(string? text, string field, List<FieldError> errors)
    {
        if (text is null)
            return null;
        if (Guid.TryParseExact(text, "D", out var id))
            return id;
        errors.Add(new FieldError(field, "invalid_id", "The id is not a UUID."));
        return null;
    }
}
