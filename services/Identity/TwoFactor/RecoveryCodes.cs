using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Passwords;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.TwoFactor;

/// <summary>Ten codes to be kept on paper for the day when every other factor is lost: 80 random bits each, shown once, good once.</summary>
internal sealed class RecoveryCodes(IdentityDb db, PasswordHashing hashing, SecurityNotices notices, Mails mails, IOptions<PasswordHashingOptions> options)
{
    public const int Count = 10;

    private const int CodeBytes = 10;
    private const int CodeLength = 16;
    private const int GroupLength = 4;
    private const int SaltBytes = 16;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(Base32.Crockford);

    /// <summary>The code without its hyphens, and with the letters that are read for digits as these; false when it cannot be one.</summary>
    public static bool IsCode(string text, [NotNullWhen(true)] out string? code)
    {
        code = text.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)
            .ToUpperInvariant().Replace('O', '0').Replace('I', '1').Replace('L', '1');
        if (code.Length == CodeLength && !code.AsSpan().ContainsAnyExcept(Alphabet))
            return true;

        code = null;
        return false;
    }

    /// <summary>Ten new codes with their hashes, in memory only; null when too many others are waiting for the processor.</summary>
    public async Task<NewRecoveryCodes?> PrepareAsync(CancellationToken cancellation)
    {
        var codes = Enumerable.Range(0, Count).Select(_ => Base32.Encode(RandomNumberGenerator.GetBytes(CodeBytes), Base32.Crockford)).ToList();
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var iterations = options.Value.Iterations;
        return await hashing.DeriveAsync(codes, salt, iterations, cancellation) is { } hashes
            ? new NewRecoveryCodes([.. codes.Select(code => string.Join('-', code.Chunk(GroupLength).Select(group => new string(group))))], hashes, salt, iterations)
            : null;
    }

    /// <summary>Within the caller's transaction, which holds the account; the caller saves.</summary>
    public async Task ReplaceAsync(SecondFactors factors, NewRecoveryCodes codes, CancellationToken cancellation)
    {
        await RemoveAsync(factors, cancellation);
        factors.RecoverySalt = codes.Salt;
        factors.RecoveryIterations = codes.Iterations;
        db.AddRange(codes.Hashes.Select(hash => new RecoveryCode { AccountId = factors.AccountId, Hash = hash }));
    }

    /// <summary>Within the caller's transaction, which holds the account; the caller saves.</summary>
    public async Task RemoveAsync(SecondFactors factors, CancellationToken cancellation)
    {
        factors.RecoverySalt = null;
        await db.RecoveryCodes.Where(c => c.AccountId == factors.AccountId).ExecuteDeleteAsync(cancellation);
    }

    public Task<int> LeftAsync(Guid account, CancellationToken cancellation) => db.RecoveryCodes.CountAsync(c => c.AccountId == account, cancellation);

    /// <summary>Uses the code up, and tells the owner by mail: of parallel requests one gets it.</summary>
    public async Task<CodeVerdict> UseAsync(HttpContext http, Account account, SecondFactors factors, string code, CancellationToken cancellation)
    {
        if (factors.RecoverySalt is null)
            return CodeVerdict.Wrong;
        if (await hashing.DeriveAsync([code], factors.RecoverySalt, factors.RecoveryIterations, cancellation) is not [var hash])
            return CodeVerdict.Busy;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.RecoveryCodes.Where(c => c.AccountId == account.Id && c.Hash == hash).ExecuteDeleteAsync(cancellation) == 0)
            return CodeVerdict.Wrong;

        var left = await LeftAsync(account.Id, cancellation);
        notices.Queue($"A recovery code of your account was used, {left} of {Count} are left.", account, http);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return CodeVerdict.Right;
    }
}

/// <param name="Texts">As they are shown, once: four groups of four characters.</param>
internal sealed record NewRecoveryCodes(IReadOnlyList<string> Texts, IReadOnlyList<byte[]> Hashes, byte[] Salt, int Iterations);

internal enum CodeVerdict
{
    Wrong,
    Right,

    /// <summary>Not checked: too many others are waiting.</summary>
    Busy,
}
