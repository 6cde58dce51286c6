using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Sessions;

/// <summary><c>POST auth/login</c>. <paramref name="Login"/> is a username or an e-mail address.</summary>
internal sealed record LoginRequest(string? Login = null, string? Password = null, bool Remember = false)
{
    public IReadOnlyCollection<FieldError> Validate()
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrEmpty(Login))
            errors.Add(new FieldError("login", "required", "A username or an e-mail address is required."));
        else if (Login.Length > EmailAddress.MaxLength)
            errors.Add(new FieldError("login", "too_long", $"At most {EmailAddress.MaxLength} characters."));

        if (string.IsNullOrEmpty(Password))
            errors.Add(new FieldError("password", "required", "A password is required."));
        else if (Passwords.Password.IsTooLong(Password))
            errors.Add(new FieldError("password", "too_long", $"A password has at most {Passwords.Password.MaxLength} characters."));

        return errors;
    }
}
