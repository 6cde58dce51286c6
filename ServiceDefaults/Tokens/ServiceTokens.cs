using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// The tokens by which services know each other: HS256 over a key derived from <c>ServiceKey</c>, one minute long, for one receiver.
/// They do not depend on identity, so that services can talk while it restarts.
/// </summary>
internal sealed class ServiceTokens
{
    public const string Scheme = "Service";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler _handler = new();
    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset RenewAt)> _issued = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    public ServiceTokens(IConfiguration configuration, IHostEnvironment environment, TimeProvider time)
    {
        Key = new SymmetricSecurityKey(SHA256.HashData(Encoding.UTF8.GetBytes("chat service token\n" + RequireKey(configuration))));
        Name = NameOf(environment);
        _time = time;
    }

    /// <summary>The key that signs and checks.</summary>
    public SymmetricSecurityKey Key { get; }

    /// <summary>This service's name in discovery: <c>Chat.Servers</c> is <c>servers</c>.</summary>
    public string Name { get; }

    /// <summary>The configured secret. Asked for at registration, so that a service without one stops at its start and says why.</summary>
    public static string RequireKey(IConfiguration configuration) => configuration["ServiceKey"] is { Length: >= 16 } secret
        ? secret
        : throw new InvalidOperationException("ServiceKey is not configured: a secret of at least 16 characters that all services share.");

    /// <summary>The name of a service from its assembly's.</summary>
    public static string NameOf(IHostEnvironment environment) => environment.ApplicationName.Split('.')[^1].ToLowerInvariant();

    /// <summary>A token for calls to <paramref name="receiver"/>, renewed at half its life.</summary>
    public string For(string receiver)
    {
        var now = _time.GetUtcNow();
        if (_issued.TryGetValue(receiver, out var issued) && issued.RenewAt > now)
        {
            return issued.Token;
        }

        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Name,
            Audience = receiver,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.HmacSha256),
        });
        _issued[receiver] = (token, now + Lifetime / 2);
        return token;
    }
}
