using Chat.ServiceDefaults;

namespace Chat.Identity.Accounts;

/// <summary><c>POST auth/register</c>. Every member is optional to the reader, so that a missing one is reported by its name.</summary>
internal sealed record RegisterRequest(string? Email = null, string? Username = null, string? Password = null, string? DisplayName = null)
{
    /// <summary>The request in its stored form, or what is wrong with it. Without a display name the username is shown as typed.</summary>
    public Registration? Validate(ICollection<FieldError> errors)
    {
        var email = CheckEmail(errors);
        var username = CheckUsername(errors);
        var password = CheckPassword(errors);
        var displayName = CheckDisplayName(errors);
        return email is not null && username is not null && password is not null && displayName is not null
            ? new Registration(email, username, password, displayName)
            : null;
    }

    private string? CheckEmail(ICollection<FieldError> errors)
    {
        if (EmailAddress.TryParse(Email, out var email))
            return email;

        errors.Add(string.IsNullOrEmpty(Email)
            ? new FieldError("email", "required", "An e-mail address is required.")
            : new FieldError("email", "invalid", "This is not an e-mail address."));
        return null;
    }

    private string? CheckUsername(ICollection<FieldError> errors)
    {
        if (Accounts.Username.TryParse(Username, out var username))
        {
            if (!Accounts.Username.IsReserved(username))
                return username;

            errors.Add(new FieldError("username", "reserved", "This name has a meaning of its own."));
            return null;
        }

        errors.Add(string.IsNullOrEmpty(Username)
            ? new FieldError("username", "required", "A username is required.")
            : new FieldError("username", "invalid", "A username is 2 to 32 of the letters a to z, digits, _ and full stops."));
        return null;
    }

    private string? CheckPassword(ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(Password))
            errors.Add(new FieldError("password", "required", "A password is required."));
        else if (Passwords.Password.IsTooLong(Password))
            errors.Add(new FieldError("password", "too_long", $"A password has at most {Passwords.Password.MaxLength} characters."));
        else if (Passwords.Password.IsTooShort(Password))
            errors.Add(new FieldError("password", "too_short", $"A password has at least {Passwords.Password.MinLength} characters."));
        else
            return Password;

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
