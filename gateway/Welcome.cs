namespace Chat.Gateway;

/// <summary>What the bare address answers while no web client is served from it: where the API is.</summary>
internal static class Welcome
{
    private static readonly WelcomeDocument Document = new(
        Name: "Chat",
        Api: "/api/v1",
        Socket: "/ws",
        OpenIdConfiguration: "/.well-known/openid-configuration",
        Documentation: ["docs/protocol.md", "docs/operations.md", "docs/security.md"]);

    public static void MapWelcome(this IEndpointRouteBuilder app) => app.MapGet("/", () => TypedResults.Ok(Document));
}

/// <summary>Paths on this host, and the documents in the source tree that describe them.</summary>
internal sealed record WelcomeDocument(string Name, string Api, string Socket, string OpenIdConfiguration, IReadOnlyList<string> Documentation);
