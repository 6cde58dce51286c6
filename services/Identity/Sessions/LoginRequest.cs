using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Sessions;

/// <summary><c>POST auth/login</c>. <paramref name="Login"/> is a username or a verified e-mail address, <paramref name="Code"/> one of a second factor.</summary>
internal sealed record LoginRequest(string? Login = null, string? Password = null, string? Code = null, bool Remember = false, bool Reactivate = false)
{
    private const int MaxCodeLength = 64;

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

        if (Code?.Length > MaxCodeLength)
            errors.Add(new FieldError("code", "too_long", $"At most {MaxCodeLength} characters."));

        return errors;
    }
}
