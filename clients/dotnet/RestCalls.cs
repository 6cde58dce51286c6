using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chat.Client;

/// <summary>Whether a request may be repeated when its fate is unknown.</summary>
internal enum Retry
{
    Never,

    /// <summary>The server recognises the repetition by its nonce or <c>Idempotency-Key</c>, or the request only reads.</summary>
    Keyed,
}

/// <summary>Sends requests under <c>/api/v1/</c>, repeats the safe ones, and turns problem details into exceptions.</summary>
internal sealed class RestCalls : IDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _http;
    private readonly ChatClientOptions _options;

    public RestCalls(Uri baseAddress, ChatClientOptions options)
    {
        _options = options;
        _http = new HttpClient(options.Handler ?? new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(baseAddress, "/api/v1/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Add("X-Chat-Client", options.ClientName);
        if (options.AccessToken is { } token)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public void Dispose() => _http.Dispose();

    public Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(HttpMethod.Get, path, null, Retry.Keyed, cancel);

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, Retry retry, CancellationToken cancel)
    {
        using var response = await ExchangeAsync(method, path, body, retry, cancel).ConfigureAwait(false);
        return await response.Content.ReadFromJsonAsync<T>(Json, cancel).ConfigureAwait(false)
            ?? throw new ChatApiException(response.StatusCode, "unknown", "The answer was empty.", null);
    }

    public async Task SendAsync(HttpMethod method, string path, object? body, Retry retry, CancellationToken cancel)
    {
        using var response = await ExchangeAsync(method, path, body, retry, cancel).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpMethod method, string path, object? body, Retry retry, CancellationToken cancel)
    {
        var key = method == HttpMethod.Get || retry is Retry.Never ? null : Guid.NewGuid().ToString("N");
        var deadline = Environment.TickCount64 + (long)_options.RetryFor.TotalMilliseconds;
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan? wait = null;
            try
            {
                return await OnceAsync(method, path, body, key, cancel).ConfigureAwait(false);
            }
            catch (ChatApiException refused) when (retry is Retry.Keyed && refused.IsTransient && Environment.TickCount64 < deadline)
            {
                // What it is asked to wait for may lie beyond the patience, such as the next turn of a slow mode of an hour.
                if (refused.RetryAfter is { } asked && Environment.TickCount64 + (long)asked.TotalMilliseconds > deadline)
                    throw;
                wait = refused.RetryAfter;
            }
            catch (HttpRequestException) when (retry is Retry.Keyed && Environment.TickCount64 < deadline)
            {
                // The connection broke: the request may or may not have been carried out; its key makes the repetition harmless.
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested && retry is Retry.Keyed && Environment.TickCount64 < deadline)
            {
                // This attempt timed out: as above.
            }
            await Task.Delay(wait ?? Backoff.Next(attempt, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)), cancel).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> OnceAsync(HttpMethod method, string path, object? body, string? key, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(_options.RequestTimeout);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        var response = await _http.SendAsync(request, timeout.Token).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await RefusalAsync(response, timeout.Token).ConfigureAwait(false);
    }

    private static async Task<ChatApiException> RefusalAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var retryAfter = response.Headers.RetryAfter?.Delta;
        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            try
            {
                var problem = await response.Content.ReadFromJsonAsync<Problem>(Json, cancel).ConfigureAwait(false);
                return new ChatApiException(response.StatusCode, problem?.Code ?? "unknown",
                    $"{(int)response.StatusCode} {problem?.Code}: {problem?.Detail ?? problem?.Title}",
                    problem?.RetryAfterMs is { } wait and >= 0 ? TimeSpan.FromMilliseconds(wait) : retryAfter);
            }
            catch (JsonException)
            {
                // A proxy's page under a JSON label: the status alone has to do.
            }
        }
        return new ChatApiException(response.StatusCode, "unknown", $"{(int)response.StatusCode} {response.ReasonPhrase}", retryAfter);
    }

    /// <param name="RetryAfterMs">More exact than the header <c>Retry-After</c>, which has whole seconds.</param>
    private sealed record Problem(string? Code, string? Title, string? Detail, long? RetryAfterMs);
}
