using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Chat.Identity.Accounts;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Passwords;

internal enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, but the stored hash is weaker than what is configured now.</summary>
    RightButOutdated,

    /// <summary>Not checked: too many others are waiting.</summary>
    Busy,
}

/// <summary>
/// Hashes and verifies passwords, a bounded number at a time and on threads of their own: hashing is meant to be expensive, and the pool's threads have
/// other requests to answer. One turn is kept for browsers that have signed in before, so that a flood of wrong sign-ins does not keep their owners waiting.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private const int DerivedBytes = 32;
    private const int SaltBytes = 16;

    // Version 3 of the framework's hashes: a marker, then the function, the iterations and the length of the salt, four bytes each, most significant first.
    private const byte Version3 = 1;
    private const int IterationsOffset = 5;

    private static readonly ActivitySource Source = new("Chat.Identity");
    private static readonly Account Nobody = new() { DisplayName = "", CreatedAt = default };

    private readonly PasswordHasher<Account> _hasher;
    private readonly int _iterations;
    private readonly ConcurrencyLimiter _turns;
    private readonly ConcurrencyLimiter _turnsOfKnown;
    private readonly string _decoy;

    public PasswordHashing(IOptions<PasswordHashingOptions> options, IOptions<PasswordHasherOptions> hasherOptions)
    {
        _hasher = new PasswordHasher<Account>(hasherOptions);
        _iterations = hasherOptions.Value.IterationCount;
        var (concurrency, queue) = (options.Value.Concurrency, options.Value.Queue);
        _turns = Turns(Math.Max(1, concurrency - 1), queue);
        _turnsOfKnown = concurrency > 1 ? Turns(1, queue) : _turns;
        _decoy = _hasher.HashPassword(Nobody, Guid.NewGuid().ToString());
    }

    /// <summary>What to answer when neither hashing nor verifying had its turn.</summary>
    public static ProblemHttpResult Busy() => Problems.Unavailable("busy", "Too many passwords are being checked. Try again shortly.", RetryAfter);

    /// <summary>The hash to store, or null when too many others are waiting.</summary>
    public async Task<string?> HashAsync(string password, CancellationToken cancellation)
    {
        using var activity = Source.StartActivity("hash password");
        using var turn = await _turns.AcquireAsync(cancellationToken: cancellation);
        return turn.IsAcquired ? await OnItsOwnThread(() => _hasher.HashPassword(Nobody, Password.Normalise(password))) : null;
    }

    /// <summary>
    /// Without a stored hash (no such account) the work is the same and the verdict is never right; for one made with fewer iterations than are configured now the rest is made up
    /// for, or the time would tell which accounts exist.
    /// </summary>
    /// <param name="known">Whether the attempt comes from a browser that has signed in to the account before.</param>
    public async Task<PasswordVerdict> VerifyAsync(string? storedHash, string password, bool known, CancellationToken cancellation)
    {
        using var activity = Source.StartActivity("verify password");
        using var turn = await (known ? _turnsOfKnown : _turns).AcquireAsync(cancellationToken: cancellation);
        if (!turn.IsAcquired)
            return PasswordVerdict.Busy;

        var result = await OnItsOwnThread(() =>
        {
            var normalised = Password.Normalise(password);
            var verdict = _hasher.VerifyHashedPassword(Nobody, storedHash ?? _decoy, normalised);
            if (verdict is PasswordVerificationResult.Failed && storedHash is not null && _iterations - IterationsOf(storedHash) is > 0 and var missing)
                Rfc2898DeriveBytes.Pbkdf2(normalised, new byte[SaltBytes], missing, HashAlgorithmName.SHA512, DerivedBytes);
            return verdict;
        });
        if (storedHash is null)
            return PasswordVerdict.Wrong;

        return result switch
        {
            PasswordVerificationResult.Success => PasswordVerdict.Right,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButOutdated,
            _ => PasswordVerdict.Wrong,
        };
    }

    /// <summary>
    /// PBKDF2-HMAC-SHA512 of texts that share a salt, such as recovery codes, in one turn of known browsers': whoever asks has shown a password or a session. Null when too
    /// many others are waiting.
    /// </summary>
    public async Task<IReadOnlyList<byte[]>?> DeriveAsync(IReadOnlyList<string> texts, byte[] salt, int iterations, CancellationToken cancellation)
    {
        using var activity = Source.StartActivity("derive hashes");
        using var turn = await _turnsOfKnown.AcquireAsync(cancellationToken: cancellation);
        return turn.IsAcquired
            ? await OnItsOwnThread(() => texts.Select(text => Rfc2898DeriveBytes.Pbkdf2(text, salt, iterations, HashAlgorithmName.SHA512, DerivedBytes)).ToList())
            : null;
    }

    public void Dispose()
    {
        _turns.Dispose();
        _turnsOfKnown.Dispose();
    }

    /// <summary>As many as are configured where the hash does not say.</summary>
    private int IterationsOf(string storedHash)
    {
        Span<byte> bytes = stackalloc byte[128];
        return Convert.TryFromBase64String(storedHash, bytes, out var length) && length >= IterationsOffset + sizeof(int) && bytes[0] == Version3
            ? BinaryPrimitives.ReadInt32BigEndian(bytes[IterationsOffset..])
            : _iterations;
    }

    private static ConcurrencyLimiter Turns(int permits, int queue) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    // Not cancelled: the turn is given back when the work is done, or more than allowed would run at the same time.
    private static Task<T> OnItsOwnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
