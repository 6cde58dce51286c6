namespace Chat.ServiceDefaults.Discovery;

/// <summary>Turns <c>http://identity/…</c> into the address of one of its replicas. Hosts that are not configured pass unchanged.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceEndpoints endpoints) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var logical = request.RequestUri;
        if (logical is null || endpoints.Next(logical.Host, logical.Scheme) is not { } address)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        request.RequestUri = new UriBuilder(logical) { Scheme = address.Scheme, Host = address.Host, Port = address.Port }.Uri;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            // A retry starts from the logical name again and so reaches another replica.
            request.RequestUri = logical;
        }
    }
}
