using System.Text.Json;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Messaging.Conversations;

/// <summary>The body of a beginning. The fields stay raw JSON, so that a wrong type is reported for its field.</summary>
/// <param name="Users">The ids of the others: one for the conversation of two, 2 to 24 for a group. Required.</param>
/// <param name="Name">A group's.</param>
/// <param name="Icon">A group's: the id of a file.</param>
internal sealed record BeginConversation(JsonElement? Users = null, JsonElement? Name = null, JsonElement? Icon = null)
{
    /// <returns>Null when there are errors.</returns>
    public ValidConversation? Validate(Guid caller, List<FieldError> errors)
    {
        var users = CheckUsers(caller, errors);
        var name = Text(Name, "name", errors) is { } given ? ConversationName.Check(given, errors) : null;
        Guid? icon = null;
        if (Text(Icon, "icon", errors) is { } file)
        {
            if (Guid.TryParseExact(file, "D", out var id))
                icon = id;
            else
                errors.Add(new FieldError("icon", "invalid_id", "The id of a file is a UUID."));
        }

        if (users.Count == 1 && name is not null)
            errors.Add(new FieldError("name", "not_a_group", "The conversation of two people has no name."));
        if (users.Count == 1 && icon is not null)
            errors.Add(new FieldError("icon", "not_a_group", "The conversation of two people has no icon."));
        return errors.Count == 0 ? new ValidConversation(users, name, icon) : null;
    }

    private List<Guid> CheckUsers(Guid caller, List<FieldError> errors)
    {
        var users = new List<Guid>();
        if (Users is not { ValueKind: not JsonValueKind.Null } given)
            errors.Add(new FieldError("users", "required", "Whom the conversation is with."));
        else if (given.ValueKind != JsonValueKind.Array)
            errors.Add(new FieldError("users", "invalid_type", "The field takes a list of ids."));
        else if (given.GetArrayLength() == 0)
            errors.Add(new FieldError("users", "required", "A conversation is with somebody."));
        else if (given.GetArrayLength() >= ConversationAct.MaxMembers)
            errors.Add(new FieldError("users", "too_many", $"A group has at most {ConversationAct.MaxMembers} members, the caller included."));
        else
        {
            foreach (var (place, element) in given.EnumerateArray().Index())
            {
                if (Text(element, $"users[{place}]", errors) is not { } text)
                    continue;
                if (!Guid.TryParseExact(text, "D", out var user))
                    errors.Add(new FieldError($"users[{place}]", "invalid_id", "The id of a user is a UUID."));
                else if (user == caller)
                    errors.Add(new FieldError($"users[{place}]", "oneself", "A conversation is with others; the caller is in it anyway."));
                else if (users.Contains(user))
                    errors.Add(new FieldError($"users[{place}]", "duplicate", "This user is named already."));
                else
                    users.Add(user);
            }
        }

        return users;
    }

    private static string? Text(JsonElement? element, string field, List<FieldError> errors)
    {
        if (element is null || (element.Value.ValueKind == JsonValueKind.Null && !field.StartsWith("users[", StringComparison.Ordinal)))
            return null;
        if (element.Value.ValueKind != JsonValueKind.String)
        {
            errors.Add(new FieldError(field, "invalid_type", "The field takes a string."));
            return null;
        }

        try
        {
            return element.Value.GetString();
        }
        catch (InvalidOperationException)
        {
            // How the reader reports an escape such as \ud800 without its other half.
            errors.Add(new FieldError(field, "invalid_text", "The string is no valid Unicode text."));
            return null;
        }
    }
}

/// <summary>A beginning whose fields are in order.</summary>
/// <param name="Users">The others, each once.</param>
internal sealed record ValidConversation(IReadOnlyList<Guid> Users, string? Name, Guid? Icon);

/// <summary>What is to change in a group; what is absent stays.</summary>
/// <param name="Name">Null or empty: none.</param>
/// <param name="Icon">The id of a file; null: none.</param>
/// <param name="Owner">Another member. For the owner.</param>
/// <param name="Closed">Whether nobody writes in it. For the owner.</param>
internal sealed record ChangeConversation(
    Optional<string?> Name = default, Optional<Guid?> Icon = default, Optional<Guid> Owner = default, Optional<bool> Closed = default)
{
    public bool ForTheOwner => Owner.IsSet || Closed.IsSet;

    public bool ForMembers => Name.IsSet || Icon.IsSet;
}
