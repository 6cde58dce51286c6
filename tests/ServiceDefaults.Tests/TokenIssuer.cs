using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Stands where identity does: publishes a key, signs whatever claims a test wants, and says of every session that it stands.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private static readonly JsonWebTokenHandler Handler = new();

    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication _app;

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/jwks.json", Keys);
        _app.MapGet("/internal/sessions/{id:guid}", (Guid id) => TypedResults.Ok(new { id, active = true }));
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer._app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <summary>A token with the claims that every one has, changed and completed by <paramref name="claims"/>; a null removes a claim.</summary>
    public string Sign(params (string Name, object? Value)[] claims)
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

        var key = new ECDsaSecurityKey(_curve) { KeyId = "test" };
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = all,
            Subject = new ClaimsIdentity(),
            Expires = DateTime.UtcNow.AddMinutes(5),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
        });
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
            keys = new[] { new { kty = "EC", crv = "P-256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y), use = "sig", alg = "ES256", kid = "test" } },
        });
    }
}
