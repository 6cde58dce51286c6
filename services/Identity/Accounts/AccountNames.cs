using Chat.ServiceDefaults;

namespace Chat.Identity.Accounts;

/// <summary>The two names of an account, valid and in their stored form.</summary>
internal sealed record AccountNames(string Username, string DisplayName)
{
    /// <summary>What was typed as names, or what is wrong with it. Without a display name the username is shown as typed.</summary>
    public static AccountNames? Parse(string? username, string? displayName, ReservedNames reserved, ICollection<FieldError> errors)
    {
        var before = errors.Count;
        if (!Accounts.Username.TryParse(username, out var name))
        {
            errors.Add(string.IsNullOrEmpty(username)
                ? new FieldError("username", "required", "A username is required.")
                : new FieldError("username", "invalid", "A username is 2 to 32 of the letters a to z, digits, _ and full stops."));
        }
        else if (reserved.Contains(name))
        {
            errors.Add(new FieldError("username", "reserved", "This name has a meaning of its own."));
        }

        if (!Accounts.DisplayName.TryParse(displayName ?? username, out var shown) && displayName is not null)
            errors.Add(new FieldError("displayName", "invalid", $"A display name is 1 to {Accounts.DisplayName.MaxLength} visible characters."));

        return name is not null && shown is not null && errors.Count == before ? new AccountNames(name, shown) : null;
    }
}
