using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Identity.Tests.External;

/// <summary>Stands for Google and GitHub: provider.mjs, run by node with the package oauth2-mock-server.</summary>
internal sealed class ProviderProcess : IAsyncDisposable
{
    public const string ClientSecret = "a secret that the providers know";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly NodeProcess _node;
    private readonly HttpClient _client;

    private ProviderProcess(NodeProcess node, Uri address)
    {
        (_node, Address) = (node, address);
        _client = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public static async Task<ProviderProcess> StartAsync(CancellationToken cancellation)
    {
        var package = await NodePackage.InstallAsync(["oauth2-mock-server@8.2.3"], cancellation);
        await using var script = typeof(ProviderProcess).Assembly.GetManifestResourceStream("provider.mjs") ?? throw new InvalidOperationException("The script is missing.");
        using var reader = new StreamReader(script);
        var node = await package.StartModuleAsync(
            await reader.ReadToEndAsync(cancellation), [], new Dictionary<string, string> { ["CLIENT_SECRET"] = ClientSecret }, cancellation);
        var line = await node.ReadUntilAsync("listening at ", StartLimit, cancellation);
        return new ProviderProcess(node, new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]));
    }

    /// <summary>What services are told of it, as both providers.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings()
    {
        foreach (var name in new[] { "Google", "GitHub" })
        {
            yield return new($"External:{name}:ClientId", $"chat-{name}");
            yield return new($"External:{name}:ClientSecret", ClientSecret);
            yield return new($"External:{name}:AuthorizationEndpoint", $"{Address}authorize");
            yield return new($"External:{name}:TokenEndpoint", $"{Address}token");
        }

        yield return new("External:Google:UserInformationEndpoint", $"{Address}userinfo");
        yield return new("External:GitHub:UserInformationEndpoint", $"{Address}user");
        yield return new("External:GitHub:EmailsEndpoint", $"{Address}user/emails");
    }

    public async Task TellAsync(string person, object knows)
    {
        using var response = await _client.PutAsJsonAsync($"/people/{person}", knows, Calls.Cancel);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
    }
}
