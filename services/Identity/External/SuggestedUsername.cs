using System.Globalization;
using System.Security.Cryptography;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.External.Providers;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.External;

/// <summary>A username that somebody new could take: as they are called at the provider, or else the first part of their address, with a number where that is taken.</summary>
internal static class SuggestedUsername
{
    private const string Nobody = "newcomer";
    private const int MostDigits = 6;
    private const int Tries = 20;

    /// <summary>What of a profile may be part of a username.</summary>
    public static string Reduce(ExternalProfile profile, ReservedNames reserved)
    {
        var source = profile.Suggestion ?? profile.VerifiedEmail?.Split('@')[0] ?? "";
        var kept = string.Concat(source.Take(PendingSignInConfiguration.MaxSuggestionLength).Select(c => c is '-' or '+' ? '_' : c).Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
            .ToLowerInvariant().Trim('_', '.');
        return kept.Length < Username.MinLength || reserved.Contains(kept) ? Nobody : kept[..Math.Min(kept.Length, Username.MaxLength)];
    }

    public static async Task<string> FindAsync(IdentityDb db, ILookupNormalizer normalizer, string wish, CancellationToken cancellation)
    {
        var stem = wish[..Math.Min(wish.Length, Username.MaxLength - MostDigits)];
        string[] candidates = [wish, .. Enumerable.Range(0, Tries).Select(i => stem + Number(i))];
        List<string?> normalized = [.. candidates.Select(normalizer.NormalizeName)];
        var taken = await db.Users.Where(a => normalized.Contains(a.NormalizedUserName)).Select(a => a.UserName).ToListAsync(cancellation);
        return candidates.FirstOrDefault(candidate => !taken.Contains(candidate)) ?? stem + Number(Tries);
    }

    /// <summary>Small ones first, then any: of a common name the small ones are taken.</summary>
    private static string Number(int index) =>
        (index < Tries / 2 ? index + 2 : RandomNumberGenerator.GetInt32(1000, 1_000_000)).ToString(CultureInfo.InvariantCulture);
}
