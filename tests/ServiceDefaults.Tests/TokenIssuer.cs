using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Stands where identity does: publishes a key, signs whatever claims a test wants, and says of every session that it stands, until it says of none.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private static readonly JsonWebTokenHandler Handler = new();

    private ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication _app;

    private string _keyId = "first";
    private int _revoked;

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/jwks.json", Keys);
        _app.MapGet("/internal/sessions/{id:guid}", (Guid id) => TypedResults.Ok(new { id, active = Volatile.Read(ref _revoked) == 0 }));
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer._app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <summary>A token with the claims that every one has, changed and completed by <paramref name="claims"/>; a null removes a claim.</summary>
    public string Sign(params (string Name, object? Value)[] claims) => Sign(null, claims);

    /// <inheritdoc cref="Sign(ValueTuple{string, object?}[])"/>
    /// <param name="lifetime">Null: five minutes.</param>
    /// <param name="claims">As above.</param>
    public string Sign(TimeSpan? lifetime, params (string Name, object? Value)[] claims)
    {
        var all = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["sub"] = Guid.NewGuid().ToString(),
            ["sid"] = Guid.NewGuid().ToString(),
            ["preferred_username"] = "ada",
            ["name"] = "Ada",
            ["iss"] = "http://localhost:8080",
            ["aud"] = "chat",
        };
        foreach (var (name, value) in claims)
        {
            all.Remove(name);
            if (value is not null)
            {
                all[name] = value;
            }
        }

        var key = new ECDsaSecurityKey(_curve) { KeyId = _keyId };
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = all,
            Subject = new ClaimsIdentity(),
            Expires = DateTime.UtcNow + (lifetime ?? TimeSpan.FromMinutes(5)),
            NotBefore = DateTime.UtcNow - TimeSpan.FromMinutes(5),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>From here on no session stands.</summary>
    public void RevokeAll() => Volatile.Write(ref _revoked, 1);

    /// <summary>Publishes another key in place of the one there was.</summary>
    public void ReplaceKey()
    {
        _curve.Dispose();
        _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _keyId = "second";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _curve.Dispose();
    }

    private IResult Keys()
    {
        var point = _curve.ExportParameters(includePrivateParameters: false).Q;
        return TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y), use = "sig", alg = "ES256", kid = _keyId } },
        });
    }
}
