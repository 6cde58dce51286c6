using Microsoft.Extensions.Configuration;

namespace Chat.ServiceDefaults.Discovery;

/// <summary>
/// Where the replicas of each service listen, from configuration <c>services:&lt;name&gt;:&lt;scheme&gt;:&lt;index&gt;</c>, the keys that Aspire injects.
/// Read on every call, so that a reloaded configuration counts.
/// </summary>
public sealed class ServiceEndpoints(IConfiguration configuration)
{
    private int _turn;

    /// <summary>All addresses of a service, in the order of their index; empty when it is not configured.</summary>
    /// <param name="service">The service's name, such as <c>identity</c>.</param>
    /// <param name="scheme">The endpoint's name: <c>http</c> or <c>https</c>.</param>
    public IReadOnlyList<Uri> All(string service, string scheme = "http") =>
        [.. configuration.GetSection($"services:{service}:{scheme}").GetChildren()
            .Where(entry => !string.IsNullOrWhiteSpace(entry.Value))
            .OrderBy(entry => int.TryParse(entry.Key, out var index) ? index : int.MaxValue)
            .Select(entry => new Uri(entry.Value!))];

    /// <summary>The next address in turn, or null when the service is not configured.</summary>
    public Uri? Next(string service, string scheme = "http")
    {
        var all = All(service, scheme);
        return all.Count == 0 ? null : all[(int)((uint)Interlocked.Increment(ref _turn) % (uint)all.Count)];
    }
}
