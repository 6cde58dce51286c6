using System.Net.Http.Headers;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>Signs every call of an internal client for its receiver.</summary>
internal sealed class ServiceTokenHandler(ServiceTokens tokens, string receiver) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.For(receiver));
        return base.SendAsync(request, cancellationToken);
    }
}
