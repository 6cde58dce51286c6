using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// Access tokens whose signature, issuer and audience were found right, under their hash: a client shows the same token with each request, and checking an ES256 signature costs
/// more than the rest of authentication. Sessions are looked up with each request all the same.
/// </summary>
internal sealed class ValidatedTokens : IDisposable
{
    /// <summary>As many as fit into some 40 MB; beyond that the store makes room by forgetting some, and they are validated anew.</summary>
    private const int Max = 8192;

    private readonly MemoryCache _tokens = new(new MemoryCacheOptions { SizeLimit = Max });

    public TokenValidationResult? Find(Key key) => _tokens.Get<TokenValidationResult>(key);

    public void Keep(Key key, TokenValidationResult result, DateTimeOffset until) =>
        _tokens.Set(key, result, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpiration = until });

    public void Dispose() => _tokens.Dispose();

    /// <summary>A token as one authentication scheme sees it: what is right for one audience is not for another.</summary>
    internal readonly record struct Key(string Scheme, UInt128 First, UInt128 Second)
    {
        public static Key Of(string scheme, string token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
            return new Key(scheme, BitConverter.ToUInt128(hash), BitConverter.ToUInt128(hash[16..]));
        }
    }
}

/// <summary>Validates each token once, as long as it lives and the key that signed it is published.</summary>
internal sealed class ValidatedTokenHandler(ValidatedTokens tokens, string scheme) : JsonWebTokenHandler
{
    /// <inheritdoc/>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        // What is longer is refused by its length.
        if (token.Length > MaximumTokenSizeInBytes)
            return await base.ValidateTokenAsync(token, validationParameters);
        var key = ValidatedTokens.Key.Of(scheme, token);
        if (tokens.Find(key) is { } known && known.SecurityToken.ValidTo + validationParameters.ClockSkew > DateTime.UtcNow && IsPublished(known.SecurityToken.SigningKey, validationParameters))
            return Copy(known);
        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (!result.IsValid || !IsPublished(result.SecurityToken.SigningKey, validationParameters))
            return result;
        tokens.Keep(key, result, result.SecurityToken.ValidTo + validationParameters.ClockSkew);
        return Copy(result);
    }

    /// <summary>A key that is fetched again is another object: then signatures are checked once more.</summary>
    private static bool IsPublished(SecurityKey? key, TokenValidationParameters parameters) => key is not null && parameters.IssuerSigningKeys?.Contains(key) == true;

    /// <summary>Whoever gets an identity may add claims to it.</summary>
    private static TokenValidationResult Copy(TokenValidationResult result) =>
        new() { IsValid = true, SecurityToken = result.SecurityToken, ClaimsIdentity = result.ClaimsIdentity.Clone(), Issuer = result.Issuer, TokenType = result.TokenType };
}
