using System.Net;

namespace Chat.Stores;

/// <summary>What clients do when they are asked to come again: on a busy machine even what works takes longer than a service waits for it.</summary>
public static class Repeating
{
    /// <summary>The first answer to a request that is not 503 with a time after which it may be repeated.</summary>
    public static async Task<HttpResponseMessage> ServedAsync(Func<Task<HttpResponseMessage>> request)
    {
        HttpResponseMessage? answer = null;
        await Eventually.HoldsAsync("it is served", async () =>
        {
            answer?.Dispose();
            answer = await request();
            return answer is not { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null };
        });
        return answer ?? throw new InvalidOperationException("Nothing was asked.");
    }
}
