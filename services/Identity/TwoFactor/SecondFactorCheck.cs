using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Passwords;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.TwoFactor;

/// <summary>
/// Asks for the second factor of an account whose first was right, on every sign-in and every fresh proof. What kind of code was typed shows by its shape: six digits are of the
/// app or from a mail, sixteen characters are a recovery code.
/// </summary>
internal sealed class SecondFactorCheck(IdentityDb db, AuthenticatorApp app, MailedCodes mailed, RecoveryCodes recovery, CodeAttempts attempts)
{
    private const int DigitCount = 6;

    // RFC 8176, section 2. A recovery code is a password for one use, too.
    private static readonly string[] Added = ["otp", "mfa"];

    /// <summary>For signing in.</summary>
    /// <inheritdoc cref="CheckAsync(HttpContext, Account, string?, CodePurpose, CancellationToken)"/>
    public Task<(ProblemHttpResult? Refusal, IReadOnlyList<string> Methods)> CheckAsync(HttpContext http, Account account, string? code, CancellationToken cancellation) =>
        CheckAsync(http, account, code, CodePurpose.SignIn, cancellation);

    /// <param name="purpose">Which mailed code is accepted.</param>
    /// <returns>Why not, or the <c>amr</c> values that the second factor adds: none where it is off.</returns>
    public async Task<(ProblemHttpResult? Refusal, IReadOnlyList<string> Methods)> CheckAsync(
        HttpContext http, Account account, string? code, CodePurpose purpose, CancellationToken cancellation)
    {
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account.Id, cancellation);
        if (factors is not { IsOn: true })
            return (null, []);
        if (string.IsNullOrWhiteSpace(code))
            return (await RequiredAsync(account, factors, purpose, cancellation), []);

        var (refusal, attempt) = await attempts.CountAsync(http, account.Id);
        if (refusal is not null)
            return (refusal, []);

        switch (await VerifyAsync(http, account, factors, code, purpose, cancellation))
        {
            case CodeVerdict.Right:
                await attempt.TakeBackAsync();
                return (null, Added);
            case CodeVerdict.Busy:
                await attempt.TakeBackAsync();
                return (PasswordHashing.Busy(), []);
            default:
                return (InvalidCode(), []);
        }
    }

    public static ProblemHttpResult InvalidCode() => Problems.Unauthorized("invalid_code", "This code is wrong, was used, or is too old.");

    /// <summary>Six digits, however they are grouped; null when it is something else.</summary>
    public static string? Digits(string? code)
    {
        var digits = code?.Replace(" ", "", StringComparison.Ordinal);
        return digits is { Length: DigitCount } && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    /// <summary>The second factors that the account has: <c>totp</c>, <c>email</c>, <c>recovery</c>; none where it is off.</summary>
    public async Task<IReadOnlyList<string>> MethodsAsync(Guid account, CancellationToken cancellation) =>
        await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account, cancellation) is { IsOn: true } factors
            ? await MethodsAsync(factors, cancellation)
            : [];

    private async Task<IReadOnlyList<string>> MethodsAsync(SecondFactors factors, CancellationToken cancellation)
    {
        var methods = new List<string>();
        if (factors.TotpEnabledAt is not null)
            methods.Add("totp");
        if (factors.EmailEnabledAt is not null)
            methods.Add("email");
        if (await recovery.LeftAsync(factors.AccountId, cancellation) > 0)
            methods.Add("recovery");
        return methods;
    }

    private async Task<ProblemHttpResult> RequiredAsync(Account account, SecondFactors factors, CodePurpose purpose, CancellationToken cancellation)
    {
        // Nothing else to choose: the code is on its way. If it was mailed a moment ago, that one is still good.
        if (factors is { TotpEnabledAt: null, EmailEnabledAt: not null })
            await mailed.SendAsync(account, purpose, cancellation);

        var methods = await MethodsAsync(factors, cancellation);
        return Problems.Create(StatusCodes.Status401Unauthorized, "two_factor_required", "A code of the second factor is required.", ("methods", methods));
    }

    private async Task<CodeVerdict> VerifyAsync(
        HttpContext http, Account account, SecondFactors factors, string code, CodePurpose purpose, CancellationToken cancellation)
    {
        if (Digits(code) is { } digits)
        {
            return await app.AcceptAsync(factors, digits, cancellation) || factors.EmailEnabledAt is not null && await mailed.TakeAsync(account, purpose, digits, cancellation)
                ? CodeVerdict.Right
                : CodeVerdict.Wrong;
        }

        return RecoveryCodes.IsCode(code, out var recoveryCode)
            ? await recovery.UseAsync(http, account, factors, recoveryCode, cancellation)
            : CodeVerdict.Wrong;
    }
}
