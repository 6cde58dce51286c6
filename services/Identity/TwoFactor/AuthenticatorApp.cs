using System.Security.Cryptography;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.TwoFactor;

/// <summary>
/// The authenticator app of an account. The provider of ASP.NET Core Identity would accept codes of five steps, and each as often as it is shown
/// (https://github.com/dotnet/aspnetcore, Rfc6238AuthenticationService); here a code is good for three steps and once.
/// </summary>
internal sealed partial class AuthenticatorApp(
    IdentityDb db, IDataProtectionProvider protection, IOptions<TwoFactorOptions> options, TimeProvider clock, ILogger<AuthenticatorApp> logger)
{
    private static readonly TimeSpan PendingFor = TimeSpan.FromMinutes(10);

    /// <summary>A new secret, which counts once a code made from it was shown. The caller saves.</summary>
    public AuthenticatorSecret Begin(SecondFactors factors, Account account)
    {
        var secret = Totp.NewSecret();
        factors.TotpPendingSecret = Protector(account.Id).Protect(secret);
        factors.TotpPendingUntil = clock.GetUtcNow() + PendingFor;

        // https://github.com/google/google-authenticator/wiki/Key-Uri-Format
        var text = Base32.Encode(secret, Base32.Rfc4648);
        var issuer = Uri.EscapeDataString(options.Value.Issuer);
        var label = $"{issuer}:{Uri.EscapeDataString(account.UserName ?? "")}";
        return new AuthenticatorSecret(text, $"otpauth://totp/{label}?secret={text}&issuer={issuer}&algorithm=SHA1&digits={Totp.Digits}&period={Totp.StepSeconds}");
    }

    public bool IsPending(SecondFactors? factors) => factors?.TotpPendingSecret is not null && factors.TotpPendingUntil > clock.GetUtcNow();

    /// <returns>The step of the code that was made from the pending secret, or null.</returns>
    public long? MatchPending(SecondFactors factors, string code) =>
        IsPending(factors) && Open(factors.AccountId, factors.TotpPendingSecret) is { } secret ? Totp.Match(secret, code, clock.GetUtcNow()) : null;

    /// <summary>The pending secret takes the place of a former one; the code that confirmed it is spent. The caller saves.</summary>
    public void TurnOn(SecondFactors factors, long confirmedBy)
    {
        factors.TotpSecret = factors.TotpPendingSecret;
        factors.TotpEnabledAt = clock.GetUtcNow();
        factors.TotpLastStep = confirmedBy;
        factors.TotpPendingSecret = null;
        factors.TotpPendingUntil = null;
    }

    /// <summary>The caller saves.</summary>
    public static void TurnOff(SecondFactors factors)
    {
        factors.TotpSecret = null;
        factors.TotpEnabledAt = null;
        factors.TotpPendingSecret = null;
        factors.TotpPendingUntil = null;
    }

    /// <summary>Accepts a code that is right and of a later step than the last: of parallel requests one, on whatever replica.</summary>
    public async Task<bool> AcceptAsync(SecondFactors factors, string code, CancellationToken cancellation)
    {
        var stored = factors.TotpSecret;
        if (stored is null || Open(factors.AccountId, stored) is not { } secret || Totp.Match(secret, code, clock.GetUtcNow()) is not { } step)
            return false;

        return await db.SecondFactors
            .Where(f => f.AccountId == factors.AccountId && f.TotpSecret == stored && f.TotpLastStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.TotpLastStep, step), cancellation) == 1;
    }

    private IDataProtector Protector(Guid account) => protection.CreateProtector("Chat.Identity.Totp", account.ToString());

    private byte[]? Open(Guid account, byte[]? sealedSecret)
    {
        try
        {
            return sealedSecret is null ? null : Protector(account).Unprotect(sealedSecret);
        }
        catch (CryptographicException exception)
        {
            LogUnreadable(account, exception.Message);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "The authenticator secret of account {Account} cannot be read, its other factors still do: {Reason}")]
    private partial void LogUnreadable(Guid account, string reason);
}

/// <summary>What an app takes in by hand, or by a picture of the address.</summary>
internal sealed record AuthenticatorSecret(string Secret, string Uri);
