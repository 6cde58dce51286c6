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
        var names = AccountNames.Parse(Username, DisplayName, reserved, errors);
        return passwords.Check("password", Password, PasswordRules.WordsOf(names?.Username, names?.DisplayName, email), errors) && email is not null && names is not null
            ? new Registration(email, names.Username, Password, names.DisplayName)
            : null;
    }

    private string? CheckEmail(ICollection<FieldError> errors)
    {
        if (EmailAddress.TryParse(Email, out var email))
            return email;

        errors.Add(EmailAddress.Error(Email));
        return null;
    }
}

/// <summary>A valid registration.</summary>
internal sealed record Registration(string Email, string Username, string Password, string DisplayName);
