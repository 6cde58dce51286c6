using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// Whether a session still stands. Identity keeps the revoked ones of the last minutes in Redis and marks the set complete with <see cref="ReadyKey"/>;
/// without that mark, or without Redis, identity itself is asked.
/// </summary>
public sealed class SessionStatus(IServiceProvider services, ISessionLookup identity)
{
    /// <summary>Present when the set of revoked sessions is complete.</summary>
    public const string ReadyKey = "sessions:ready";

    /// <summary>Prefix of the keys that name a revoked session.</summary>
    public const string RevokedPrefix = "sessions:revoked:";

    private readonly IConnectionMultiplexer? _redis = services.GetService<IConnectionMultiplexer>();

    /// <summary>True when the session was not revoked. Throws <see cref="ServiceUnavailableException"/> when neither Redis nor identity can tell.</summary>
    public async Task<bool> IsActiveAsync(Guid session, CancellationToken cancellationToken) =>
        await ReadAsync(session, cancellationToken) ?? await identity.IsActiveAsync(session, cancellationToken);

    private async Task<bool?> ReadAsync(Guid session, CancellationToken cancellationToken)
    {
        if (_redis is not { IsConnected: true })
        {
            return null;
        }

        try
        {
            var values = await _redis.GetDatabase().StringGetAsync([ReadyKey, $"{RevokedPrefix}{session:D}"]).WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
            return values[0].IsNull ? null : values[1].IsNull;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Asks identity: <c>GET /internal/sessions/{id}</c>.</summary>
    public sealed class Client(HttpClient http) : ISessionLookup
    {
        /// <inheritdoc/>
        public async Task<bool> IsActiveAsync(Guid session, CancellationToken cancellationToken)
        {
            try
            {
                using var response = await http.GetAsync(new Uri($"/internal/sessions/{session:D}", UriKind.Relative), cancellationToken);
                if (response.StatusCode == HttpStatusCode.NotFound)
                {
                    return false;
                }

                response.EnsureSuccessStatusCode();
                return (await response.Content.ReadFromJsonAsync<Answer>(Json.JsonDefaults.Options, cancellationToken))?.Active ?? false;
            }
            catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
            {
                throw new ServiceUnavailableException("identity_unavailable", "The session cannot be checked: identity does not answer.", exception);
            }
        }

        private sealed record Answer(bool Active);
    }
}
