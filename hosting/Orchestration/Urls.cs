using System.Collections.Immutable;
using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting.Orchestration;

/// <summary>The addresses shown to people.</summary>
internal static class Urls
{
    public static ImmutableArray<UrlSnapshot> Of(IResource resource) =>
        [.. resource.Annotations.OfType<EndpointAnnotation>().SelectMany(e => e.Allocated).Select(at => new UrlSnapshot(at.Endpoint.Name, Shaped(resource, at).Url, IsInternal: false))];

    /// <summary>One line per HTTP address, the external ones first.</summary>
    public static IEnumerable<string> Lines(IEnumerable<IResource> resources) => resources
        .SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()
            .Where(e => e.UriScheme is "http" or "https")
            .SelectMany(e => e.Allocated, (endpoint, at) => (endpoint.IsExternal, Line: Line(resource, Shaped(resource, at)))))
        .OrderByDescending(url => url.IsExternal)
        .Select(url => url.Line);

    private static string Line(IResource resource, ResourceUrlAnnotation url) => $"{resource.Name,-12} {url.Url}{(url.DisplayText is { } text ? $"  {text}" : "")}";

    private static ResourceUrlAnnotation Shaped(IResource resource, AllocatedEndpoint at)
    {
        var url = new ResourceUrlAnnotation { Url = at.UriString, Endpoint = resource is IResourceWithEndpoints owner ? new EndpointReference(owner, at.Endpoint) : null };
        foreach (var annotation in resource.Annotations.OfType<UrlForEndpointAnnotation>().Where(u => u.EndpointName.Equals(at.Endpoint.Name, StringComparison.OrdinalIgnoreCase)))
            annotation.Shape(url);
        // A path alone is meant relative to the endpoint.
        if (Uri.TryCreate(new Uri(at.UriString), url.Url, out var absolute) && url.Url.StartsWith('/'))
            url.Url = absolute.ToString();
        return url;
    }
}
