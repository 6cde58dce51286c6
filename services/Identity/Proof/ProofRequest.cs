using Chat.ServiceDefaults;

namespace Chat.Identity.Proof;

/// <summary><c>POST auth/proof</c>. Which of the two are needed depends on the account.</summary>
internal sealed record ProofRequest(string? Password = null, string? Code = null)
{
    private const int MaxCodeLength = 64;

    public IReadOnlyCollection<FieldError> Validate()
    {
        var errors = new List<FieldError>();
        if (Password is not null && Passwords.Password.IsTooLong(Password))
            errors.Add(new FieldError("password", "too_long", $"A password has at most {Passwords.Password.MaxLength} characters."));
        if (Code?.Length > MaxCodeLength)
            errors.Add(new FieldError("code", "too_long", $"At most {MaxCodeLength} characters."));
        return errors;
    }
}

/// <param name="ProvedUntil">Null when a proof is due.</param>
internal sealed record ProofStatus(DateTimeOffset? ProvedUntil, IReadOnlyList<string> Methods);
