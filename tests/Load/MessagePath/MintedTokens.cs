using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Load.MessagePath;

/// <summary>Stands for identity: makes access tokens of people who need no account, and has the public key that services check them with.</summary>
internal sealed class MintedTokens : IAsyncDisposable
{
    public const string Issuer = "http://load.test";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication _app;

    private MintedTokens(WebApplication app) => _app = app;

    /// <summary>Where services find identity.</summary>
    public Uri Address => new(_app.Urls.First());

    public static async Task<MintedTokens> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var tokens = new MintedTokens(app);
        app.MapGet("/.well-known/jwks.json", tokens.Keys);
        await app.StartAsync();
        return tokens;
    }

    /// <summary>A token for a day.</summary>
    public string For(Guid user, string username) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = "chat",
        Expires = DateTime.UtcNow.AddDays(1),
        Claims = new Dictionary<string, object> { ["sub"] = user.ToString(), ["sid"] = Guid.CreateVersion7().ToString(), ["preferred_username"] = username, ["name"] = username },
        SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key) { KeyId = "load" }, SecurityAlgorithms.EcdsaSha256),
    });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private IResult Keys()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return Results.Json(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = "load", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
        });
    }
}
