using Chat.Identity.Passwords;
using Chat.ServiceDefaults;

namespace Chat.Identity.Accounts;

/// <summary><c>POST auth/register</c>. Every member is optional to the reader, so that a missing one is reported by its name.</summary>
internal sealed record RegisterRequest(string? Email = null, string? Username = null, string? Password = null, string? DisplayName = null)
{
    /// <summary>The request in its stored form, or what is wrong with it. Without a display name the username is shown as typed.</summary>
    public Registration? Validate(ReservedNames reserved, PasswordRules passwords, ICollection<FieldError> errors)
    {
        var email = CheckEmail(errors);
        var username = CheckUsername(reserved, errors);
        var displayName = CheckDisplayName(errors);
        return passwords.Check("password", Password, PasswordRules.WordsOf(username, displayName, email), errors) && email is not null && username is not null && displayName is not null
            ? new Registration(email, username, Password, displayName)
            : null;
    }

    private string? CheckEmail(ICollection<FieldError> errors)
    {
        if (EmailAddress.TryParse(Email, out var email))
            return email;

        errors.Add(EmailAddress.Error(Email));
        return null;
    }

    private string? CheckUsername(ReservedNames reserved, ICollection<FieldError> errors)
    {
        if (Accounts.Username.TryParse(Username, out var username))
        {
            if (!reserved.Contains(username))
                return username;

            errors.Add(new FieldError("username", "reserved", "This name has a meaning of its own."));
            return null;
        }

        errors.Add(string.IsNullOrEmpty(Username)
            ? new FieldError("username", "required", "A username is required.")
            : new FieldError("username", "invalid", "A username is 2 to 32 of the letters a to z, digits, _ and full stops."));
        return null;
    }

    private string? CheckDisplayName(ICollection<FieldError> errors)
    {
        if (DisplayName is null)
            return Username;
        if (Accounts.DisplayName.TryParse(DisplayName, out var displayName))
            return displayName;

        errors.Add(new FieldError("displayName", "invalid", $"A display name is 1 to {Accounts.DisplayName.MaxLength} visible characters."));
        return null;
    }
}

/// <summary>A valid registration.</summary>
internal sealed record Registration(string Email, string Username, string Password, string DisplayName);
