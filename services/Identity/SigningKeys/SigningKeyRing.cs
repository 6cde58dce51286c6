using System.Security.Cryptography;
using Chat.Identity.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.SigningKeys;

/// <summary>The signing keys as this replica knows them; PostgreSQL holds the truth, <see cref="RefreshAsync"/> reads it and adds a key when one is due.</summary>
internal sealed partial class SigningKeyRing(
    IServiceScopeFactory scopes, IDataProtectionProvider protection, IOptions<SigningKeyOptions> options, TimeProvider clock, ILogger<SigningKeyRing> logger)
{
    // Any constant unlike the other advisory locks of this database.
    private const long RotationLock = 0x6B65_7972_696E_67;

    private readonly IDataProtector _protector = protection.CreateProtector("Chat.Identity.SigningKeys");
    private volatile IReadOnlyList<RingKey> _keys = [];

    /// <summary>Every key that tokens in flight or soon to come may be signed with.</summary>
    public IReadOnlyList<RingKey> Published
    {
        get
        {
            var now = clock.GetUtcNow();
            return [.. _keys.Where(k => k.GoneAt > now)];
        }
    }

    /// <exception cref="InvalidOperationException">No key was loaded yet; the service does not listen before one is.</exception>
    public ECDsaSecurityKey Signer
    {
        get
        {
            var now = clock.GetUtcNow();
            return _keys.Where(k => k.Signer is not null && k.ActiveFrom <= now).MaxBy(k => k.ActiveFrom)?.Signer
                ?? throw new InvalidOperationException("No signing key is loaded.");
        }
    }

    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();

        var keys = await LoadAsync(db, cancellation);
        if (NextActiveFrom(keys) is not null)
            keys = await RotateAsync(db, cancellation);

        _keys = keys;
    }

    /// <summary>When the next key shall begin to sign, or null while none is due.</summary>
    private DateTimeOffset? NextActiveFrom(IReadOnlyList<RingKey> keys)
    {
        var now = clock.GetUtcNow();
        var last = keys.Where(k => k.Signer is not null).MaxBy(k => k.RetiresAt);
        if (last is null || last.RetiresAt <= now)
            return now;

        return last.RetiresAt - options.Value.PublishedBefore <= now ? last.RetiresAt : null;
    }

    private async Task<IReadOnlyList<RingKey>> RotateAsync(IdentityDb db, CancellationToken cancellation)
    {
        var strategy = db.Database.CreateExecutionStrategy();
        return await strategy.ExecuteAsync(async ct =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({RotationLock})", ct);

            // Another replica may have added the key while this one waited for the lock.
            var keys = await LoadAsync(db, ct);
            if (NextActiveFrom(keys) is not { } activeFrom)
                return keys;

            var key = Create(activeFrom);
            db.ChangeTracker.Clear();
            db.SigningKeys.Add(key);
            await db.SaveChangesAsync(ct);

            var now = clock.GetUtcNow();
            await db.SigningKeys.Where(k => k.GoneAt <= now).ExecuteDeleteAsync(ct);
            await transaction.CommitAsync(ct);

            LogAdded(key.Id, key.ActiveFrom, key.RetiresAt);
            return await LoadAsync(db, ct);
        }, cancellation);
    }

    private async Task<IReadOnlyList<RingKey>> LoadAsync(IdentityDb db, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var known = _keys.Where(k => k.Signer is not null).ToDictionary(k => k.Id);
        var stored = await db.SigningKeys.AsNoTracking().Where(k => k.GoneAt > now).OrderBy(k => k.ActiveFrom).ToListAsync(cancellation);
        return [.. stored.Select(key => known.GetValueOrDefault(key.Id) ?? Read(key))];
    }

    private SigningKey Create(DateTimeOffset activeFrom)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var retiresAt = activeFrom + options.Value.ActiveFor;
        return new SigningKey
        {
            Id = Base64UrlEncoder.Encode(new ECDsaSecurityKey(pair).ComputeJwkThumbprint()),
            CreatedAt = clock.GetUtcNow(),
            ActiveFrom = activeFrom,
            RetiresAt = retiresAt,
            GoneAt = retiresAt + options.Value.PublishedAfter,
            PublicKey = pair.ExportSubjectPublicKeyInfo(),
            PrivateKey = _protector.Protect(pair.ExportPkcs8PrivateKey()),
        };
    }

    private RingKey Read(SigningKey key)
    {
        var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(key.PublicKey, out _);
        return new RingKey(key.Id, key.ActiveFrom, key.RetiresAt, key.GoneAt, new ECDsaSecurityKey(verifier) { KeyId = key.Id }, ReadSigner(key));
    }

    private ECDsaSecurityKey? ReadSigner(SigningKey key)
    {
        try
        {
            var signer = ECDsa.Create();
            signer.ImportPkcs8PrivateKey(_protector.Unprotect(key.PrivateKey), out _);
            return new ECDsaSecurityKey(signer) { KeyId = key.Id };
        }
        catch (CryptographicException exception) when (!exception.IsFromDatabase())
        {
            // Another DataProtection:Key, or its key ring is lost: tokens signed with this key stay valid, this replica signs with another.
            LogUnreadable(key.Id, exception);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Signing key {KeyId} added, active from {ActiveFrom} to {RetiresAt}")]
    private partial void LogAdded(string keyId, DateTimeOffset activeFrom, DateTimeOffset retiresAt);

    [LoggerMessage(LogLevel.Error, "Signing key {KeyId} cannot be decrypted here")]
    private partial void LogUnreadable(string keyId, Exception exception);
}
