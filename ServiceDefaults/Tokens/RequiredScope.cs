using Microsoft.AspNetCore.Http;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>What a token with scopes must hold to be let in by an endpoint. The last one on an endpoint counts, so that a route may differ from its group.</summary>
/// <param name="Read">For GET and HEAD.</param>
/// <param name="Write">For every other method.</param>
internal sealed record RequiredScope(string Read, string Write)
{
    /// <summary>The scope that a request of this method needs.</summary>
    public string For(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Read : Write;
}
