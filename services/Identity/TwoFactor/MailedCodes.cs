using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.Mail;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.TwoFactor;

/// <summary>Codes of six digits by mail: good for one account, purpose and mailbox, ten minutes, five tries and one use.</summary>
internal sealed class MailedCodes(IdentityDb db, Mails mails, Attempts attempts, IOptions<TwoFactorOptions> options, IConfiguration configuration, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const int Tries = 5;

    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(configuration["ServiceKey"] ?? ""), 32, info: "chat mailed code"u8.ToArray());

    private readonly AttemptLimit _minute = new("code-mail", options.Value.MailedCodesPerMinute, TimeSpan.FromMinutes(1));
    private readonly AttemptLimit _hour = new("code-mail:hour", options.Value.MailedCodesPerHour, TimeSpan.FromHours(1));

    /// <summary>Queues a mail to the account's verified address, on its own; the code exists once it is sent, and replaces the one before.</summary>
    /// <returns>Null, or 429 when too many were sent lately.</returns>
    public async Task<ProblemHttpResult?> SendAsync(Account account, CodePurpose purpose, CancellationToken cancellation)
    {
        if (account is not { EmailConfirmed: true, Email: { } address })
            return Problems.Conflict("no_email", "This account has no verified e-mail address.");

        var (wait, _) = await attempts.CountAsync([(_minute, $"{account.Id}\n{purpose}"), (_hour, account.Id.ToString())]);
        if (wait is not null)
            return Problems.TooMany("too_many_codes", "A code was mailed a moment ago, or many within the hour. Try again later.", wait.Value);

        mails.Queue(MailKind.SignInCode, address, account.Id, new CodeMail(purpose));
        await db.SaveChangesAsync(cancellation);
        mails.Wake();
        return null;
    }

    /// <summary>Adds a new code to the context in place of the one before; the caller saves within its transaction.</summary>
    public async Task<string> IssueAsync(Account account, CodePurpose purpose, CancellationToken cancellation)
    {
        var code = RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
        await db.MailedCodes.Where(c => c.AccountId == account.Id && c.Purpose == purpose).ExecuteDeleteAsync(cancellation);
        db.Add(new MailedCode { AccountId = account.Id, Purpose = purpose, Hash = Hash(account, purpose, code), ExpiresAt = clock.GetUtcNow() + Lifetime, TriesLeft = Tries });
        return code;
    }

    /// <summary>Takes the code: of parallel requests one gets it. A wrong one costs a try.</summary>
    public async Task<bool> TakeAsync(Account account, CodePurpose purpose, string code, CancellationToken cancellation)
    {
        // The try is taken before the code is compared, or parallel ones would slip through.
        var now = clock.GetUtcNow();
        var tried = await db.MailedCodes
            .Where(c => c.AccountId == account.Id && c.Purpose == purpose && c.TriesLeft > 0 && c.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.TriesLeft, c => c.TriesLeft - 1), cancellation) == 1;
        if (!tried)
            return false;

        // Compared by the database: what its timing could tell is a hash keyed with a secret.
        var hash = Hash(account, purpose, code);
        return await db.MailedCodes.Where(c => c.AccountId == account.Id && c.Purpose == purpose && c.Hash == hash).ExecuteDeleteAsync(cancellation) == 1;
    }

    private byte[] Hash(Account account, CodePurpose purpose, string code) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{account.Id}\n{purpose}\n{account.NormalizedEmail}\n{code}"));
}

/// <summary>The data of a mail of <see cref="MailKind.SignInCode"/>.</summary>
internal sealed record CodeMail(CodePurpose Purpose);
