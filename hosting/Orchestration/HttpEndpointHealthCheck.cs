using System.Net;
using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Chat.Hosting.Orchestration;

/// <summary>Healthy when the path of every replica answers with the status.</summary>
internal sealed class HttpEndpointHealthCheck(EndpointReference endpoint, string path, int statusCode) : IHealthCheck
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = TimeSpan.FromSeconds(5) };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var answers = await Task.WhenAll(endpoint.EndpointAnnotation.Allocated.Select(at => AskAsync(new Uri(new Uri(at.UriString), path), cancellationToken))).ConfigureAwait(false);
        return answers.FirstOrDefault(a => a is not null) is { } problem ? HealthCheckResult.Unhealthy(problem) : HealthCheckResult.Healthy();
    }

    private async Task<string?> AskAsync(Uri uri, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return response.StatusCode == (HttpStatusCode)statusCode ? null : $"{uri} answered {(int)response.StatusCode}, not {statusCode}.";
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return $"{uri} does not answer: {exception.Message}";
        }
    }
}
