using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.Passwords;

/// <summary>Configuration section <c>Passwords</c>.</summary>
internal sealed class PasswordHashingOptions
{
    /// <summary>
    /// PBKDF2-HMAC-SHA512 iterations. OWASP Password Storage Cheat Sheet, section PBKDF2: 220,000
    /// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html). A stored hash with fewer is renewed at the next sign-in.
    /// </summary>
    [Range(1, 10_000_000)]
    public int Iterations { get; set; } = 220_000;

    /// <summary>
    /// How many passwords are hashed at the same time; each takes one core for about a tenth of a second. From two on, one of them is kept for browsers that have signed in before.
    /// </summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>How many more may wait for their turn; beyond that requests are answered 503 <c>busy</c>.</summary>
    [Range(0, 100_000)]
    public int Queue { get; set; } = 64;
}
