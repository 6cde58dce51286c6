using Chat.Identity.Sessions;
using Chat.ServiceDefaults;

namespace Chat.Identity.TwoFactor;

/// <summary>The code that shows that a factor works; turning it on ends the other sessions if asked to.</summary>
internal sealed record ConfirmFactorRequest(string? Code = null, bool EndOtherSessions = false)
{
    public IReadOnlyCollection<FieldError> Validate() =>
        string.IsNullOrWhiteSpace(Code) ? [new FieldError("code", "required", "A code of six digits is required.")] : [];
}

/// <summary><c>POST auth/two-factor/email/code</c>: somebody who signs in asks for the code by mail.</summary>
internal sealed record MailCodeRequest(string? Login = null, string? Password = null)
{
    public IReadOnlyCollection<FieldError> Validate() => new LoginRequest(Login, Password).Validate();
}

/// <summary><c>POST auth/two-factor/recovery-codes</c>; the body may be left out.</summary>
internal sealed record RecoveryCodesRequest(bool EndOtherSessions = false);

internal sealed record TwoFactorStatus(bool Enabled, bool Totp, bool Email, int RecoveryCodesLeft);

/// <summary>Shown once. After a confirmation only where it turned two factors on.</summary>
internal sealed record RecoveryCodesResponse(IReadOnlyList<string>? RecoveryCodes);
