using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Http.Headers;
using Chat.Identity;

namespace Chat.Servers.Tests;

/// <summary>
/// What somebody's client does by itself: it asks for another token before the one it has ends, and repeats what was answered <c>not_yet_effective</c>, as protocol.md says.
/// </summary>
/// <param name="repeats">Whether it repeats; tests of outages do that themselves.</param>
internal sealed class PersonHandler(RunningService<IdentityService> identity, Account account, bool repeats)
    : DelegatingHandler(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    /// <summary>Of the five minutes of a token: longer than any request takes.</summary>
    private static readonly TimeSpan EndsSoon = TimeSpan.FromMinutes(2);

    private string _token = account.Token;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (ExpiryOf(_token) - DateTimeOffset.UtcNow < EndsSoon)
        {
            _token = await identity.TokenAsync(account, cancellationToken);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!repeats || Stopwatch.GetElapsedTime(since) > Patience || !await IsNotYetEffectiveAsync(response, cancellationToken))
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(Soon, cancellationToken);
        }
    }

    private static async Task<bool> IsNotYetEffectiveAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
        {
            return false;
        }

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        return (await response.Content.ReadAsStringAsync(cancellationToken)).Contains("\"not_yet_effective\"", StringComparison.Ordinal);
    }

    private static DateTimeOffset ExpiryOf(string token)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));
        return DateTimeOffset.FromUnixTimeSeconds(payload.RootElement.GetProperty("exp").GetInt64());
    }
}
