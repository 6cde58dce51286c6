using System.Net;

namespace Chat.AppHost.Tests;

/// <summary>Requests of somebody who does what 503 asks for: waits a moment and tries again.</summary>
internal static class PatientRequests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Sends it, and again while a part that was killed before finds back to the others: a service answers 503 for the first use of each connection that its store has lost, the gateway 502
    /// or 504 for a replica that is being started.
    /// </summary>
    public static async Task<HttpResponseMessage> SendPatientlyAsync(this HttpClient http, Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        for (var deadline = DateTimeOffset.UtcNow + Patience; ; await Task.Delay(250, cancellationToken))
        {
            using var attempt = request();
            var response = await http.SendAsync(attempt, cancellationToken);
            if (response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) || DateTimeOffset.UtcNow > deadline)
                return response;
            response.Dispose();
        }
    }
}
